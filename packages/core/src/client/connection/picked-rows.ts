import { materialize, type LwwRecord } from '../../crdt/index.js';
import { heldAtStart, type Value } from '../../primitives/index.js';
import {
  compileLead,
  compilePath,
  compileRowTest,
  createFirstEntries,
  valueText,
  windowSize,
  type FirstEntries,
  type LeadOrder,
  type Path,
  type PathReader,
  type Query,
  type RowTest,
} from '../../query/index.js';
import type { LocalState } from '../ports/local-state.js';
import { TurnBudget, WORK_OF_LOOKING, WORK_OF_READING } from './turn-budget.js';

/** The confirmed records of each map that a query is about, as they are whenever they are read. */
export type Bases = (map: string) => ReadonlyMap<string, LwwRecord>;

/** `null`: one of them cannot be had. */
export async function readBases(local: Pick<LocalState, 'base'>, maps: Iterable<string>): Promise<Bases | null> {
  const bases = new Map<string, ReadonlyMap<string, LwwRecord>>();
  for (const map of maps) {
    const base = await local.base(map);
    if (base === null) return null;
    bases.set(map, base);
  }
  return (map) => bases.get(map) ?? NO_RECORDS;
}

const NO_RECORDS: ReadonlyMap<string, LwwRecord> = new Map();

/** The maps that a query's rows depend on: its own and those of the queries that it is within, each once. */
export function basesNeeded(map: string, query: Query): ReadonlySet<string> {
  const maps = new Set([map]);
  for (let { within } = query; within !== undefined; within = within.query.within) maps.add(within.map);
  return maps;
}

/** What is known of a record as it was last looked at. Records never change, so the same object says the same. */
interface Seen {
  readonly record: LwwRecord;
  readonly isRow: boolean;
  /** Of a row, the text of the value by which it is related to a parent; `null`: to none. */
  readonly place: string | null;
  /** And of the value by which others are related to it. */
  readonly offers: string | null;
}

/**
 * QU-45: the rows of a query that may be within another, out of the confirmed records of its map and of its parents', the server's window
 * included: for each value of the parent's rows the related ones, up to limit and slack. A record that is the same as last time costs a look,
 * and a read where a limit has to choose.
 */
export class PickedRows {
  readonly #map: string;
  readonly #isRow: RowTest;
  readonly #parent: PickedRows | null;
  readonly #readPlace: PathReader | null;
  readonly #readOffer: PathReader | null;
  readonly #count: number;
  readonly #order: LeadOrder;
  readonly #seen = new Map<string, Seen>();

  /** `offered`: the path by which others are related to its rows. */
  constructor(map: string, query: Query, offered: Path | null = null) {
    const { within } = query;
    this.#map = map;
    this.#isRow = compileRowTest(query);
    this.#parent = within === undefined ? null : new PickedRows(within.map, within.query, within.on[0]);
    this.#readPlace = within === undefined ? null : compilePath(within.on[1]);
    this.#readOffer = offered === null ? null : compilePath(offered);
    this.#count = windowSize(query);
    this.#order = compileLead(query);
  }

  /** Yields whenever others should have their turn. The bases may change in between. */
  *pick(bases: Bases, budget: TurnBudget): Generator<void, ReadonlyMap<string, LwwRecord>> {
    const values = this.#parent === null ? null : yield* this.#parent.#values(bases, budget);
    const rows = new Map<string, LwwRecord>();
    const windows = new Map<string | null, FirstEntries>();
    const base = bases(this.#map);
    for (const [key, record] of heldAtStart(base)) {
      let seen = this.#seen.get(key);
      const isKnown = seen?.record === record;
      if (seen?.record !== record) this.#seen.set(key, (seen = this.#read(key, record)));
      if (budget.spend(isKnown ? WORK_OF_LOOKING : WORK_OF_READING)) yield;
      if (!seen.isRow || (values !== null && (seen.place === null || !values.has(seen.place)))) continue;
      if (this.#count === Infinity) {
        rows.set(key, record);
        continue;
      }
      this.#windowAt(windows, seen.place).offer(key, materialize(record) as Value);
      if (budget.spend(WORK_OF_READING)) yield;
    }
    for (const window of windows.values()) {
      for (const { key } of window.take()) {
        const seen = this.#seen.get(key);
        if (seen !== undefined) rows.set(key, seen.record);
        if (budget.spend(WORK_OF_LOOKING)) yield;
      }
    }
    this.#forgetAbsent(base);
    return rows;
  }

  pickAtOnce(bases: Bases): ReadonlyMap<string, LwwRecord> {
    const steps = this.pick(bases, new TurnBudget());
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** The values by which others are related to its rows. */
  *#values(bases: Bases, budget: TurnBudget): Generator<void, ReadonlySet<string>> {
    const rows = yield* this.pick(bases, budget);
    const values = new Set<string>();
    for (const key of rows.keys()) {
      const offers = this.#seen.get(key)?.offers ?? null;
      if (offers !== null) values.add(offers);
      if (budget.spend(WORK_OF_LOOKING)) yield;
    }
    return values;
  }

  #read(key: string, record: LwwRecord): Seen {
    const value = materialize(record);
    if (value === undefined || !this.#isRow(key, value)) return { record, isRow: false, place: null, offers: null };
    const place = valueText(this.#readPlace?.(key, value));
    return { record, isRow: true, place, offers: valueText(this.#readOffer?.(key, value)) };
  }

  #windowAt(windows: Map<string | null, FirstEntries>, place: string | null): FirstEntries {
    let window = windows.get(place);
    if (window === undefined) {
      window = createFirstEntries({ count: this.#count, order: this.#order, matches: () => true });
      windows.set(place, window);
    }
    return window;
  }

  #forgetAbsent(base: ReadonlyMap<string, LwwRecord>): void {
    if (this.#seen.size === base.size) return;
    for (const key of this.#seen.keys()) if (!base.has(key)) this.#seen.delete(key);
  }
}
