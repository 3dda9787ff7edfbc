import type { LwwRecord } from '@topgun/core/crdt';
import type { ColdRow } from '../../ports/cold-store.js';
import type { Clock, Logger, Timers } from '../../ports/environment.js';
import type { ChangeMark, ModelTable } from '../../ports/model-table.js';
import { refusedMark } from './kept-marks.js';
import { KnownRows } from './known-rows.js';
import { MapRefresh, type RefreshReport } from './map-refresh.js';
import type { Mapping } from './mapping.js';
import type { ModelFaults } from './model-faults.js';
import type { ModelHost } from './model-host.js';
import { Rounds } from './rounds.js';
import { RowTaker } from './row-taker.js';
import { TableWriter } from './table-writer.js';
import { watchTable, type WatchedTable } from './watched-table.js';

export interface MappedMapParts {
  readonly mapping: Mapping;
  readonly table: ModelTable;
  readonly pollMs: number | null;
  readonly compareMs: number | null;
  /** What the polled column has may be written later than what has more of it: so far it is looked back. */
  readonly overlap: ChangeMark;
  readonly faults: ModelFaults;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/** A map that is a table: what goes each way, and when it is looked at. */
export class MappedMap {
  readonly known: KnownRows;
  readonly #parts: MappedMapParts;
  readonly #table: WatchedTable;
  readonly #writer: TableWriter;
  readonly #begun: Promise<ModelHost>;
  #begin: (host: ModelHost) => void = () => undefined;
  #fail: (reason: Error) => void = () => undefined;
  #host: ModelHost | null = null;
  #refresh: MapRefresh | null = null;
  readonly #rounds: Rounds;
  /** Keys of which the table does not take the record. */
  readonly #refused = new Set<string>();
  /** Those of which the ledger does not know yet that they are, or are not any more. */
  readonly #unnoted = new Set<string>();
  /** Rows that the writer has seen to be changed. */
  readonly #wanted = new Set<string>();
  #mark: ChangeMark | null = null;
  #isCompared = false;

  constructor(parts: MappedMapParts) {
    const { faults, mapping } = parts;
    const { map } = mapping;
    const table = watchTable(parts.table, {
      timers: parts.timers,
      onChange(reason) {
        if (reason === null) parts.log.warn('a table answers again', { map });
        else parts.log.error('a table is out of reach; what it lacks is written when it answers', { map, reason });
      },
    });
    this.#parts = parts;
    this.#table = table;
    this.known = new KnownRows(mapping);
    this.#begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#fail = reject;
    });
    // Whoever waits for it hears of it; nobody has to.
    this.#begun.catch(() => undefined);
    this.#rounds = new Rounds({
      timers: parts.timers,
      onFailure(reason) {
        // Of a table that is out of reach that was said, once.
        if (!table.isOutOfReach) parts.log.warn('a table could not be looked at', { map, reason });
      },
    });
    this.#writer = new TableWriter({
      mapping,
      table,
      known: this.known,
      faults,
      committed: (key) => this.#committed(key),
      onRefused: (key, isRefused) => this.#noteRefused(key, isRefused),
      onTake: (keys) => {
        const isOnItsWay = this.#wanted.size > 0;
        for (const key of keys) this.#wanted.add(key);
        if (!isOnItsWay) this.#rounds.soon(() => this.#takeWanted());
      },
    });
  }

  /** `isCompared`, `refused`: what is marked of it (MO-7). */
  begin(host: ModelHost, isCompared: boolean, refused: readonly string[]): void {
    const { clock, compareMs, faults, mapping, pollMs } = this.#parts;
    const { known } = this;
    const table = this.#table;
    const taker = new RowTaker({ mapping, table, known, faults, host, clock });
    this.#host = host;
    this.#refresh = new MapRefresh({
      map: mapping.map,
      table,
      known,
      taker,
      host,
      isStopped: () => this.#rounds.isStopped,
    });
    known.isCompared = isCompared;
    for (const key of refused) {
      this.#refused.add(key);
      known.forget(key);
    }
    this.#begin(host);
    if (refused.length > 0) host.owe(mapping.map, refused);
    this.#rounds.soon(() => this.#compareAll(false).then(() => undefined));
    if (compareMs !== null) this.#rounds.every(compareMs, () => this.#compareAll(false).then(() => undefined));
    if (pollMs !== null) this.#rounds.every(pollMs, () => this.#poll());
  }

  /** It cannot be begun with: nothing is written or looked at. */
  abandon(reason: string): void {
    this.#fail(new Error(reason));
  }

  /** What the cold store is about to be written, written to the table before. */
  async write(rows: readonly ColdRow[]): Promise<void> {
    const host = await this.#begun;
    await this.#writer.write(rows);
    if (this.#unnoted.size > 0) await this.#note(host);
  }

  /** On request. `null`: all. */
  refresh(keys: readonly string[] | null, removesMost: boolean): Promise<RefreshReport> {
    return this.#rounds.run(async () => {
      await this.#begun;
      return keys === null ? this.#compareAll(removesMost) : this.#started.keys(keys);
    });
  }

  /** MO-8: who asked the table last was not answered. */
  get isOutOfReach(): boolean {
    return this.#table.isOutOfReach;
  }

  /** Looks no more, and resolves when the look under way is over. */
  stop(): Promise<void> {
    this.#table.stop();
    return this.#rounds.stop();
  }

  get #started(): MapRefresh {
    if (this.#refresh === null) throw new Error('the host has not been started');
    return this.#refresh;
  }

  #noteRefused(key: string, isRefused: boolean): void {
    if (this.#refused.has(key) === isRefused) return;
    if (isRefused) this.#refused.add(key);
    else this.#refused.delete(key);
    this.#unnoted.add(key);
  }

  /** MO-7: before the cold store has them. A record that the ledger knows nothing of would, without a row, be one that somebody has deleted. */
  async #note(host: ModelHost): Promise<void> {
    const keys = [...this.#unnoted];
    const marksOf = (isRefused: boolean): readonly string[] =>
      keys
        .filter((key) => this.#refused.has(key) === isRefused)
        .map((key) => refusedMark(this.#parts.mapping.map, key));
    const noted = Promise.all([host.mark(marksOf(true), true), host.mark(marksOf(false), false)]);
    if (!(await this.#inTime(noted.then((each) => each.every(Boolean))))) throw new Error(NOT_NOTED);
    for (const key of keys) this.#unnoted.delete(key);
  }

  /** The ledger may wait for what is written behind, and that for the ledger: who gives up lets it in, and tries again. */
  async #inTime(noted: Promise<boolean>): Promise<boolean> {
    let cancel = (): void => undefined;
    const late = new Promise<false>((resolve) => {
      cancel = this.#parts.timers.after(NOTED_MS, () => resolve(false));
    });
    try {
      return await Promise.race([noted, late]);
    } finally {
      cancel();
    }
  }

  #committed(key: string): LwwRecord | undefined {
    return this.#host?.record(this.#parts.mapping.map, key);
  }

  async #compareAll(removesMost: boolean): Promise<RefreshReport> {
    const { log, mapping } = this.#parts;
    const mark = await this.#table.mark();
    const report = await this.#started.all(removesMost);
    if (this.#rounds.isStopped) return report;
    this.#mark = mark;
    if (!this.known.isCompared) await this.#becomeCompared(report);
    if (!this.#isCompared || report.taken > 0)
      log.info('a map was compared with its table', { map: mapping.map, ...report });
    if (report.spared > 0) log.error(SPARED, { map: mapping.map, records: report.spared });
    this.#isCompared = true;
    return report;
  }

  /** MO-7: not before what the table was owed is there: the ledger would know nothing of that after a crash. */
  async #becomeCompared(report: RefreshReport): Promise<void> {
    const { mapping, timers } = this.#parts;
    if (report.owed > this.#refused.size) {
      timers.after(AGAIN_MS, () => this.#rounds.soon(() => this.#compareAll(false).then(() => undefined)));
    } else if ((await this.#host?.mark([mapping.map], true)) === true) {
      this.known.isCompared = true;
    }
  }

  async #poll(): Promise<void> {
    if (!this.#isCompared) return;
    const mark = await this.#table.mark();
    await this.#started.since(this.#mark === null ? null : before(this.#mark, this.#parts.overlap));
    if (!this.#rounds.isStopped) this.#mark = mark;
  }

  async #takeWanted(): Promise<void> {
    const keys = [...this.#wanted];
    // What the writer sees meanwhile is looked at anew.
    this.#wanted.clear();
    try {
      await this.#started.keys(keys);
    } catch (error) {
      for (const key of keys) this.#wanted.add(key);
      throw error;
    }
  }
}

/** Rows are written behind by then, most likely. */
const AGAIN_MS = 2_000;

const NOTED_MS = 2_000;
const NOT_NOTED = 'what a table does not take could not be noted in the ledger';

const SPARED =
  'Most records of a map have no row in its table any more: they were left alone. If that is meant, ask for it: server.refresh(map, null, { removesMost: true }).';

const before = (mark: ChangeMark, overlap: ChangeMark): ChangeMark =>
  typeof mark === 'bigint' ? mark - BigInt(overlap) : mark - Number(overlap);
