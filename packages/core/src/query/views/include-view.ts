import { compileComparator } from '../compile-comparator.js';
import type { Change } from '../entry.js';
import { Join, type JoinOptions } from '../operators/join.js';
import type { Query } from '../query.js';
import type { ViewDiff } from '../view-diff.js';
import { createView } from './create-view.js';
import { ShapedRows } from './shaped-rows.js';
import type { View } from './view.js';

/**
 * A view over several maps: rows of one, with related rows of the others in them.
 *
 * Whoever feeds it passes every change of each of `maps`, after the records that `JoinOptions.load` reads have it.
 */
export interface IncludeView extends Omit<View, 'apply'> {
  /** All maps whose changes it must be told, its own among them. */
  readonly maps: ReadonlySet<string>;
  /** Takes one batch, over as many maps as it likes: it comes to one diff. `load` starts over in all maps. */
  apply(batch: ReadonlyMap<string, readonly Change[]>): ViewDiff;
  /** A view of the same query that holds nothing. Until it is told to `standAlone`, rows that say what they say here are the same objects. */
  successor(options: JoinOptions): IncludeView;
  /** Forgets what it is the successor of. */
  standAlone(): void;
}

/** The view of a query over `map` with whatever it includes; `options.load` is asked once for each value that begins to relate. */
export function createIncludeView(map: string, query: Query, options: JoinOptions): IncludeView {
  const { include, fields } = query;
  return joinedView(map, query, new Join({ ...(include && { include }), ...(fields && { fields }) }, options));
}

function joinedView(map: string, query: Query, join: Join): IncludeView {
  const { include: _, fields: __, ...own } = query;
  const view = createView(own);
  const shaped = new ShapedRows(view, join, compileComparator(query));
  return {
    maps: mapsOf(map, query),
    get size() {
      return view.size;
    },
    get totalMatching() {
      return view.totalMatching;
    },
    get held() {
      return view.held;
    },
    has: (key) => view.has(key),
    holds: (key) => view.holds(key),
    indexOf: (key) => view.indexOf(key),
    rows: () => shaped.rows(),
    load: (entries) => shaped.load(entries),
    beginLoad: () => shaped.beginLoad(),
    prepare: () => view.prepare(),
    apply: (batch) => shaped.apply(batch.get(map) ?? [], batch),
    successor: (options) => joinedView(map, query, join.successor(options)),
    standAlone: () => join.standAlone(),
  };
}

/** The maps that a query over `map` shows rows of. */
export function mapsOf(map: string, query: Query): Set<string> {
  const maps = new Set([map]);
  for (const relation of query.include ?? []) {
    for (const name of mapsOf(relation.map, relation.query)) maps.add(name);
  }
  return maps;
}
