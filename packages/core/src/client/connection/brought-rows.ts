import type { LwwRecord } from '../../crdt/index.js';
import type { Environment } from '../ports/environment.js';
import type { BaseChange, Storage } from '../ports/storage.js';
import type { TabEvent } from '../ports/tab-events.js';
import type { BackgroundCommits } from './background-commits.js';
import { runInTurns } from './run-in-turns.js';

/** Rows that are told of in one turn of the page. */
const TOLD_AT_ONCE = 1_024;

export interface BroughtRowsOptions {
  readonly storage: Pick<Storage, 'loadMap'>;
  readonly commits: Pick<BackgroundCommits, 'store'>;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  /** Tells this tab, and its siblings, in this order with all that they are told. */
  readonly tell: (event: TabEvent) => void;
  /** All of the map has been told: holds it against what the server has. */
  readonly recheck: (map: string) => void;
}

/** CL-8: what tabs have brought into a database that was made anew. */
export interface BroughtRows {
  /** A tab has brought what it held of these maps. */
  take(maps: readonly string[]): void;
  stop(): void;
}

/**
 * CL-8: a tab that was frozen may bring rows which are gone by now, and may lack others. So all tabs are told what storage holds of those maps, by
 * one tab, after which each holds the same; and the server is asked anew, by a digest of all that (SY-2): it says what is to go.
 */
export function createBroughtRows({ storage, commits, environment, tell, recheck }: BroughtRowsOptions): BroughtRows {
  const endings = new Set<() => void>();
  let isOver = false;

  async function tellOf(map: string): Promise<void> {
    // What this tab has heard of it is stored by then.
    if (!(await commits.store(null)) || isOver) return;
    const rows = await storage.loadMap(map);
    if (isOver) return;
    if (!rows.ok) {
      // Whoever brings a map has stored it just now: it comes back with the next tab that says so, or the next connection.
      environment.log('warn', `what was brought of a map cannot be read: ${rows.error.message}`, rows.error);
      return;
    }
    let isTold = false;
    let end = (): void => {};
    end = runInTurns(environment, parts(map, rows.value), () => {
      isTold = true;
      endings.delete(end);
      recheck(map);
    });
    if (!isTold) endings.add(end);
  }

  function* parts(map: string, rows: ReadonlyMap<string, LwwRecord>): Generator<void> {
    let changes: BaseChange[] = [];
    const tellSome = (): void => tell({ type: 'changes', maps: [{ map, changes }], subs: [], through: null });
    for (const [key, delta] of rows) {
      changes.push({ type: 'merge', key, delta });
      if (changes.length < TOLD_AT_ONCE) continue;
      tellSome();
      changes = [];
      yield;
    }
    if (changes.length > 0) tellSome();
  }

  return {
    take(maps) {
      for (const map of maps) {
        tellOf(map).catch((error: unknown) => environment.log('error', 'telling what was brought failed', error));
      }
    },
    stop() {
      isOver = true;
      for (const end of endings) end();
      endings.clear();
    },
  };
}
