import type { Query } from '@topgun/core/query';
import type { ViewId } from '../../ports/partition-host.js';
import type { CheckedSearch } from '../search/searches.js';
import { AllRows } from './all-rows.js';
import { GroupedRows } from './grouped-rows.js';
import { LiveView } from './live-view.js';
import type { MapViews } from './map-views.js';
import type { RecordSource } from './record-source.js';
import { SearchRows } from './search-rows.js';
import type { SearchTurns } from './search-turns.js';
import { seenEntries, seenReader, type Seen } from './seen-records.js';
import { WindowRows } from './window-rows.js';
import { WithinRows } from './within-rows.js';

export interface ViewSearchRuns {
  /** SE-70: `null`: together with other hosts. */
  readonly turns: SearchTurns | null;
  readonly made: (view: LiveView, rows: SearchRows) => void;
  readonly changed: (view: LiveView) => void;
  readonly settled: (view: LiveView) => void;
}

export interface ViewPlan {
  readonly map: string;
  readonly query: Query;
  /** QU-45: the view of `query.within`; `null` exactly when there is none. */
  readonly parent: LiveView | null;
  /** What of the map its subscribers see. */
  readonly seen: Seen;
  /** SE-42: what `query.search` is about; `null` exactly when there is none. */
  readonly search: CheckedSearch | null;
  /** SE-47: how long searches are run again; `null`: within the commit. */
  readonly searchRuns: ViewSearchRuns | null;
  /** The other views of the map. */
  readonly views: MapViews;
}

/** A view for a query, of the kind of rows it asks for; not loaded yet. */
export function createLiveView(
  id: ViewId,
  { map, query, parent, search, searchRuns, seen, views }: ViewPlan,
  source: RecordSource,
): LiveView {
  const { groupBy, within } = query;
  const { hash } = source;
  const read = seenReader(seen, source.read(map));
  if (groupBy !== undefined) {
    const rows = new GroupedRows(query, () => source.position());
    return new LiveView(id, { map, query, rows, read: rows.read, hash, seen });
  }
  if (search !== null) {
    const runs = searchRuns && {
      turns: searchRuns.turns,
      changed: () => searchRuns.changed(view),
      settled: () => searchRuns.settled(view),
    };
    const rows = new SearchRows(search, read, seen !== null, runs);
    const view: LiveView = new LiveView(id, { map, query, rows, read, hash, seen });
    searchRuns?.made(view, rows);
    return view;
  }
  if (within !== undefined && parent !== null) {
    const rows = new WithinRows({
      query,
      within,
      parents: parent,
      load(path, values) {
        const related = views.related(path, values);
        return seen === null ? related : seenEntries(related, read);
      },
      index: (path) => views.makeIndex(path),
      values: {
        opened: (value) => views.openValue(view, value),
        closed: (value) => views.closeValue(view, value),
      },
    });
    const view: LiveView = new LiveView(id, { map, query, rows, read, hash, parent, seen });
    parent.dependents.set(view, rows);
    return view;
  }
  // Whoever asks for all rows sorts by itself.
  const rows = query.limit === null && query.after === undefined ? new AllRows(query.where) : new WindowRows(query);
  return new LiveView(id, { map, query, rows, read, hash, seen });
}
