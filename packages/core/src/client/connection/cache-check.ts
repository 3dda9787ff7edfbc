import type { LwwRecord } from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { Storage } from '../ports/storage.js';
import type { ReadonlyKeys } from '../key-set.js';
import { askedFor } from '../rows-map.js';
import type { OfferedRows } from './offered-rows.js';
import { runInTurns } from './run-in-turns.js';
import { keysQuery, keysToCheck, mapsInTurn, ROWS_PER_QUESTION, offeredRows } from './rows-to-check.js';

/** So long after a connection has caught up: the app's own views come first. */
export const CHECK_DELAY_MS = 2_000;
/** And again as long as that connection stands: what was taken away meanwhile nobody has told of. */
export const CHECK_INTERVAL_MS = 3_600_000;
/** Between two questions others have their turn, here and on the server. */
export const CHECK_PAUSE_MS = 100;
/** After a question that was not answered. */
export const CHECK_RETRY_MS = 30_000;
/** A question that has no answer by then is given up: the next ones are not to wait for it. */
export const CHECK_ANSWER_MS = 60_000;
/** So long after all was asked about and answered nothing is asked again, on a line that breaks however often. */
export const CHECK_REST_MS = 60_000;
/** What is refused so often is left to the next connection. */
const TRIES = 3;

/** Rows that this device holds, and the query that they are the answer to as far as it knows. */
export interface CheckedRows {
  /** Where they are kept here. */
  readonly map: string;
  readonly asks: { readonly map: string; readonly query: Query };
  readonly keys: readonly string[];
  /** Of those that show. */
  readonly rows: OfferedRows;
}

export interface CacheCheckOptions {
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  readonly local: Pick<LocalState, 'base' | 'isInMemory'>;
  readonly storage: Pick<Storage, 'loadMap' | 'storedMaps'>;
  readonly hash: Hash64;
  /** The rows of the map that subscriptions speak for. */
  readonly confirmed: (map: string) => readonly ReadonlyKeys[];
  /** Asks the server, and makes of the rows what it says. False: it did not say. */
  readonly ask: (rows: CheckedRows) => Promise<boolean>;
}

/**
 * RU-6, SY-6: what this device has stored and nobody asks for any more is held against what the server has, on each connection, and every hour of it: some keys at a time, by a digest
 * of their rows, so that the server says little where nothing has changed. What its user may not see any more, or what is not there any more, leaves the device by that.
 * Holds the records of one map that is not in memory, while that is looked through, and what was left over when a connection was lost.
 */
export class CacheCheck {
  readonly #options: CacheCheckOptions;
  /** Counts connections: what was begun on an earlier one ends. */
  #era = 0;
  #cancel: (() => void) | null = null;
  #wake: (() => void) | null = null;
  #lastMap: string | null = null;
  #leftOver: { readonly map: string; readonly keys: ReadonlySet<string> } | null = null;
  /** Since what is stored was looked through as a whole for the last time: something was asked, something had no answer. */
  #hasAsked = false;
  #isUnanswered = false;
  /** When the last question of a look had its answer that had one for each. */
  #answeredAt: number | null = null;

  constructor(options: CacheCheckOptions) {
    this.#options = options;
  }

  /** There is a connection that has caught up. */
  begin(): void {
    this.end();
    const era = this.#era;
    this.#run(era).catch((error: unknown) =>
      this.#options.environment.log('error', 'looking through what is stored failed', error),
    );
  }

  end(): void {
    this.#era += 1;
    this.#cancel?.();
    this.#cancel = null;
    this.#wake?.();
    this.#wake = null;
  }

  async #run(era: number): Promise<void> {
    const restMs = restAfter(this.#answeredAt, this.#options.environment.clock.now());
    for (let waitMs = Math.max(CHECK_DELAY_MS, restMs); ; waitMs = CHECK_INTERVAL_MS) {
      await this.#pause(waitMs);
      if (this.#era !== era) return;
      await this.#lookThroughAll(era);
      if (this.#era !== era) return;
    }
  }

  async #lookThroughAll(era: number): Promise<void> {
    const stored = await this.#options.storage.storedMaps();
    if (this.#era !== era) return;
    if (!stored.ok) {
      this.#options.environment.log('warn', `what is stored cannot be looked through: ${stored.error.message}`);
      return;
    }
    const names = stored.value.map(({ map }) => map);
    for (const map of mapsInTurn(names, this.#lastMap)) {
      await this.#lookThrough(map, era);
      if (this.#era !== era) return;
      this.#lastMap = map;
      this.#leftOver = null;
    }
    this.#lastMap = null;
    // One that had nothing to ask has cost nothing, and need not be rested from.
    if (this.#hasAsked && !this.#isUnanswered) this.#answeredAt = this.#options.environment.clock.now();
    this.#hasAsked = false;
    this.#isUnanswered = false;
  }

  async #lookThrough(map: string, era: number): Promise<void> {
    const read = await this.#reader(map);
    const records = await read();
    if (records === null || this.#era !== era) return;
    const leftOver = this.#leftOver?.map === map ? this.#leftOver.keys : NONE;
    const keys = await this.#inTurns(keysToCheck(records, this.#options.confirmed(map), leftOver));
    if (this.#era !== era) return;
    // Groups are asked for by their query: the server knows no map of them.
    const asks = askedFor(map);
    const step = asks === null ? ROWS_PER_QUESTION : keys.length;
    for (let at = 0; at < keys.length; at += step) {
      this.#leftOver = { map, keys: new Set(keys.slice(at)) };
      if (at > 0) await this.#pause(CHECK_PAUSE_MS);
      await this.#askOf(map, asks, keys.slice(at, at + step), read, era);
      if (this.#era !== era) return;
    }
    if (keys.length > 0) await this.#pause(CHECK_PAUSE_MS);
  }

  async #askOf(
    map: string,
    asks: CheckedRows['asks'] | null,
    keys: readonly string[],
    read: () => Promise<ReadonlyMap<string, LwwRecord> | null>,
    era: number,
  ): Promise<void> {
    const { ask, hash } = this.#options;
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (tries > 0) await this.#pause(CHECK_RETRY_MS);
      const records = await read();
      if (records === null || this.#era !== era) return;
      const held = keys.flatMap((key) => {
        const record = records.get(key);
        return record === undefined ? [] : [[key, record] as const];
      });
      if (held.length === 0) return;
      const names = held.map(([key]) => key);
      const rows = offeredRows(hash, held);
      this.#hasAsked = true;
      if (await ask({ map, asks: asks ?? { map, query: keysQuery(names) }, keys: names, rows })) return;
      if (this.#era !== era) return;
    }
    this.#isUnanswered = true;
  }

  /** A map that no view needs is not brought into memory for this. */
  async #reader(map: string): Promise<() => Promise<ReadonlyMap<string, LwwRecord> | null>> {
    const { local, storage } = this.#options;
    if (local.isInMemory(map)) return () => local.base(map);
    const loaded = await storage.loadMap(map);
    const records = loaded.ok ? loaded.value : null;
    // It may come into use meanwhile, and change.
    return async () => (local.isInMemory(map) ? local.base(map) : records);
  }

  #inTurns<T>(steps: Generator<void, T>): Promise<T> {
    return new Promise((resolve) => {
      function* work(): Generator<void> {
        resolve(yield* steps);
      }
      this.#cancel = runInTurns(this.#options.environment, work(), () => {});
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#cancel = this.#options.environment.timers.after(ms, () => {
        this.#cancel = null;
        this.#wake = null;
        resolve();
      });
    });
  }
}

/** How long is still to be waited after that; a clock that was set back since tells nothing. */
function restAfter(answeredAt: number | null, now: number): number {
  if (answeredAt === null || now < answeredAt) return 0;
  return Math.max(0, answeredAt + CHECK_REST_MS - now);
}

const NONE: ReadonlySet<string> = new Set();
