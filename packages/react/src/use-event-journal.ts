import type { EventJournal, JournalError, JournalEvent, JournalPage } from '@topgun/core';
import { useEffect, useMemo } from 'react';

import { useClient } from './use-client.js';
import { useSnapshot, type SnapshotSource } from './use-snapshot.js';

export interface UseEventJournalOptions {
  /** Begin after this sequence; 0: with all that is kept. Default: with what comes from now on. */
  readonly after?: number | undefined;
  /** Only of these maps. An inline list is safe. */
  readonly maps?: readonly string[] | undefined;
  /** So many of the last events are shown; 100 by default. */
  readonly limit?: number | undefined;
  /** Called with each page, every event once: for what must miss none. */
  readonly onPage?: ((page: JournalPage) => void) | undefined;
}

export interface UseEventJournalResult<V = unknown> {
  /** The last ones, oldest first. */
  readonly events: readonly JournalEvent<V>[];
  /** Everything up to this sequence has been read; `null`: nothing yet. */
  readonly through: number | null;
  /** `journal-trimmed`: some events are missing; any other: there will be none. */
  readonly error: JournalError | null;
}

/**
 * Follows the journal that the server keeps of maps: who changed what, in the order in which it was decided (JO-7). It is read while the component is there.
 *
 * ```tsx
 * const { events } = useEventJournal<Order>({ maps: ['orders'], after: 0 });
 * ```
 */
export function useEventJournal<V = unknown>(options: UseEventJournalOptions = {}): UseEventJournalResult<V> {
  const { after, maps, limit = 100, onPage } = options;
  const client = useClient();
  const names = maps === undefined ? null : JSON.stringify(maps);
  const source = useMemo(
    () => follow(client.getEventJournal(), after, names === null ? null : (JSON.parse(names) as string[]), limit),
    [client, after, names, limit],
  );
  useEffect(() => (onPage === undefined ? undefined : source.onPage(onPage)), [source, onPage]);
  return useSnapshot(source) as UseEventJournalResult<V>;
}

const NOTHING: UseEventJournalResult = { events: [], through: null, error: null };

interface Followed extends SnapshotSource<UseEventJournalResult> {
  /** While somebody is subscribed. */
  readonly onPage: (listener: (page: JournalPage) => void) => () => void;
}

function follow(
  journal: EventJournal,
  after: number | undefined,
  maps: readonly string[] | null,
  limit: number,
): Followed {
  let state = NOTHING;
  const pages = new Set<(page: JournalPage) => void>();
  return {
    onPage(listener) {
      pages.add(listener);
      return () => pages.delete(listener);
    },
    subscribe(listener) {
      const show = (next: Partial<UseEventJournalResult>): void => {
        state = { ...state, ...next };
        listener();
      };
      // Shown once and hidden, as in strict mode, it goes on where it was.
      const from = state.through ?? after;
      return journal.subscribe(
        (page) => {
          for (const tell of pages) tell(page);
          const events = page.events.length === 0 ? state.events : [...state.events, ...page.events].slice(-limit);
          show({ events, through: page.through });
        },
        {
          ...(from === undefined ? {} : { after: from }),
          ...(maps === null ? {} : { maps }),
          onError: (error) => show({ error, ...(error.through === null ? {} : { through: error.through }) }),
        },
      );
    },
    getSnapshot: () => state,
    getServerSnapshot: () => NOTHING,
  };
}
