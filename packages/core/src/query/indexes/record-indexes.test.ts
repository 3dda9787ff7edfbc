import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, encodeValue, heldAtStart, type Value } from '../../primitives/index.js';
import { compareValues } from '../compare-values.js';
import type { Change, Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { entries, findCounterexample, queryInput, value } from '../query.arbitrary.js';
import { ALWAYS, type Path, type Predicate } from '../query.js';
import type { WantedOrder } from './access.js';
import { batches, writeAll } from '../views/view-oracle.arbitrary.js';
import { at } from '../views/naive-rows.arbitrary.js';
import { INDEX_LIMITS, type IndexLimits } from './index-policy.js';
import { RecordIndexes, type RecordSet, type Selection } from './record-indexes.js';

/** Records that count how often they are looked at. */
class CountedRecords implements RecordSet {
  readonly values: Map<string, Value>;
  reads = 0;

  constructor(start: Iterable<Entry>) {
    this.values = new Map([...start].map((entry) => [entry.key, entry.value]));
  }

  get size(): number {
    return this.values.size;
  }

  get(key: string): Value | undefined {
    this.reads++;
    return this.values.get(key);
  }

  *entries(): Iterable<Entry> {
    for (const [key, one] of this.values) {
      this.reads++;
      yield { key, value: one };
    }
  }

  /** How many records this looked at. */
  readsOf(look: () => unknown): number {
    const before = this.reads;
    look();
    return this.reads - before;
  }
}

/** Indexes are made at the first miss, of anything, one record a step. */
const EAGER: IndexLimits = {
  minRecords: 0,
  minAsks: 1,
  maxShare: 0,
  maxShareInOrder: 1,
  sample: 0,
  recordsPerStep: 1,
};

const where = queryInput.map((input) => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value.where;
});

const keysOf = (rows: Iterable<Entry>): string[] => Array.from(rows, (row) => row.key).sort();

const matching = (condition: Predicate, rows: Iterable<Entry>): string[] =>
  keysOf(evaluate({ where: condition, sort: [], limit: null }, rows));

const eq = (name: string, one: string | number): Predicate => ({ type: 'eq', path: [name], value: one });

describe('QU-26: the indexes of a map', () => {
  // Few keys and few values, so that what was asked for is written, and asked for again.
  const few = fc.constantFrom(0, 1, 2, 'a', null);
  const name = fc.constantFrom('a', 'n');
  const simple = fc.oneof(
    fc.tuple(name, few).map(([field, one]): Predicate => ({ type: 'eq', path: [field], value: one })),
    fc
      .tuple(name, fc.integer({ min: 0, max: 2 }))
      .map(([field, one]): Predicate => ({ type: 'gte', path: [field], value: one })),
  );
  const row = fc.record({ a: few, n: few }, { requiredKeys: [] });
  const keyOfFew = fc.constantFrom('k0', 'k1', 'k2', 'k3');
  const fewEntries = fc.uniqueArray(fc.record({ key: keyOfFew, value: row }), { selector: (entry) => entry.key });
  const fewBatches = fc.array(
    fc.array(fc.record({ key: keyOfFew, after: fc.option(row, { nil: undefined }) }), { maxLength: 4 }),
    { maxLength: 12 },
  );
  const order: fc.Arbitrary<WantedOrder> = fc.record({
    path: fc.constantFrom<Path[]>(['a'], ['n'], ['_key']),
    direction: fc.constantFrom('asc', 'desc'),
    count: fc.integer({ min: 1, max: 4 }),
  });
  const all = fc.constant(ALWAYS);
  const act = fc.oneof(
    { weight: 2, arbitrary: fc.record({ type: fc.constant('select' as const), condition: where, order: fc.constant(null) }) }, // prettier-ignore
    { weight: 5, arbitrary: fc.record({ type: fc.constant('select' as const), condition: simple, order: fc.constant(null) }) }, // prettier-ignore
    { weight: 5, arbitrary: fc.record({ type: fc.constant('select' as const), condition: fc.oneof(all, all, simple), order }) }, // prettier-ignore
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }).map((steps) => ({ type: 'work' as const, steps })) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom<Path[]>(['a'], ['n'], ['_key']), fc.uniqueArray(value, { maxLength: 3, selector: (one) => canonicalText(encodeValue(one)) })).map(([path, values]) => ({ type: 'related' as const, path, values })) }, // prettier-ignore
    {
      weight: 1,
      arbitrary: fc.integer({ min: 0, max: 4000 }).map((maxBytes) => ({ type: 'drop' as const, maxBytes })),
    },
  );

  /** Asks in between the batches, and says where an answer lacks a record or has one as it was. */
  function searchFault(
    feed: (indexes: RecordIndexes, changes: Change[], isMaking: boolean) => void,
    numRuns: number,
    seed?: number,
    spoil: (found: Selection) => Selection = (found) => found,
  ): string | null {
    const property = fc.property(
      fc.oneof(entries, fewEntries),
      fc.oneof(batches, fewBatches),
      fc.array(fc.array(act, { maxLength: 4 }), { maxLength: 25 }),
      fc.boolean(),
      (start, script, acts, isAtOnce) => {
        const records = new CountedRecords(start);
        let begun: Iterator<void>[] = [];
        const indexes = isAtOnce
          ? new RecordIndexes(records, EAGER)
          : new RecordIndexes(records, EAGER, (steps) => begun.push(steps));
        for (const [step, batch] of script.entries()) {
          for (const one of acts[step] ?? []) {
            if (one.type === 'work') {
              for (let i = 0; i < one.steps; i++) begun = begun.filter((steps) => steps.next().done !== true);
              continue;
            }
            if (one.type === 'drop') {
              indexes.drop(one.maxBytes);
              if (indexes.bytes > one.maxBytes) throw new Error('more is held than may be');
              continue;
            }
            const all = [...records.values].map(([key, now]) => ({ key, value: now }));
            const selection = one.type === 'select' ? spoil(indexes.select(one.condition, one.order)) : null;
            const found = [...(selection?.entries ?? indexes.related((one as Related).path, (one as Related).values))];
            if (selection !== null && one.type === 'select') checkOrder(selection, found, one.order);
            if (new Set(keysOf(found)).size !== found.length) throw new Error('a record is found twice');
            for (const row of found)
              if (records.values.get(row.key) !== row.value) throw new Error('a record is found as it was');
            const wanted = one.type === 'select' ? one.condition : relating(one.path, one.values);
            if (matching(wanted, found).join() !== matching(wanted, all).join()) throw new Error('a record is missing');
          }
          feed(indexes, writeAll(batch, records.values), begun.length > 0);
        }
      },
    );
    return findCounterexample(property, numRuns, seed);
  }

  interface Related {
    readonly path: Path;
    readonly values: readonly Value[];
  }

  function checkOrder({ plan: { access } }: Selection, found: readonly Entry[], wanted: WantedOrder | null): void {
    if (access.type !== 'order' && (access.type !== 'range' || access.direction === undefined)) return;
    const { path, direction } = wanted as WantedOrder;
    const places = found.map((entry) => at(path, entry));
    if (direction === 'desc') places.reverse();
    if (places.some((place, i) => i > 0 && compareValues(places[i - 1], place) > 0)) throw new Error('is in no order');
  }

  /** Neither `null` nor a missing value relates to anything, and there may be more than what is asked for. */
  const relating = (path: Path, values: readonly Value[]): Predicate => ({
    type: 'or',
    of: values
      .filter((one) => one !== null && typeof one !== 'object')
      .map((one) => ({ type: 'eq', path, value: one as string | number | boolean })),
  });

  test('find all that matches after any changes, made and let go of at any time', () => {
    expect(searchFault((indexes, changes) => indexes.apply(changes), 400)).toBeNull();
  });

  test('a batch given as one change a key is the same', () => {
    const net = (changes: Change[]): Change[] => {
      const byKey = new Map<string, Change>();
      for (const change of changes) byKey.set(change.key, { ...change, before: byKey.has(change.key) ? byKey.get(change.key)?.before : change.before }); // prettier-ignore
      return [...byKey.values()];
    };
    expect(searchFault((indexes, changes) => indexes.apply(net(changes)), 200)).toBeNull();
  });

  test.each<readonly [string, (indexes: RecordIndexes, changes: Change[], isMaking: boolean) => void]>([
    ['changes are not passed on', () => undefined],
    [
      'only removals are passed on',
      (indexes, changes) => indexes.apply(changes.map((change) => ({ ...change, after: undefined }))),
    ],
    ['the first change of a batch is lost', (indexes, changes) => indexes.apply(changes.slice(1))],
    [
      'an index does not hear what is changed while it is made',
      (indexes, changes, isMaking) => (isMaking ? undefined : indexes.apply(changes)),
    ],
  ])('that %s is found out', (_what, feed) => {
    expect(searchFault(feed, 400, 1)).toMatch(/is missing/);
  });

  test.each<readonly [string, RegExp, (entries: Entry[]) => Entry[]]>([
    ['records are in the opposite order', /no order/, (found) => found.reverse()],
    ['those without a value are left out', /is missing/, (found) => found.filter((entry) => at(['n'], entry) !== undefined)], // prettier-ignore
  ])('that %s is found out', (_what, message, spoil) => {
    const spoiled = (found: Selection): Selection =>
      found.plan.access.type === 'order' ? { ...found, entries: spoil([...found.entries]) } : found;
    expect(searchFault((indexes, changes) => indexes.apply(changes), 1_000, 1, spoiled)).toMatch(message);
  });

  test('equal indexes made anew, after any changes', () => {
    fc.assert(
      fc.property(entries, batches, fc.array(value, { maxLength: 4 }), (start, script, probes) => {
        const records = new CountedRecords(start);
        const indexes = new RecordIndexes(records);
        const kinds = [['hash', 'a'], ['ordered', 'a'], ['hash', 'n']] as const; // prettier-ignore
        for (const [type, name] of kinds) indexes.create({ type, path: [name] });
        for (const batch of script) indexes.apply(writeAll(batch, records.values));
        const anew = new RecordIndexes(records);
        for (const [type, name] of kinds) anew.create({ type, path: [name] });
        expect(indexes.bytes).toBe(anew.bytes);
        for (const probe of [
          ...probes,
          ...[...records.values].flatMap(([key, now]) => at(['a'], { key, value: now }) ?? []),
        ]) {
          for (const name of ['a', 'n'])
            expect(keysOf(indexes.related([name], [probe]))).toEqual(keysOf(anew.related([name], [probe])));
        }
        const range: Predicate = { type: 'gte', path: ['a'], value: 0 };
        expect(keysOf(indexes.select(range).entries)).toEqual(keysOf(anew.select(range).entries));
      }),
      { numRuns: 200 },
    );
  });

  const manyRecords = (size: number): CountedRecords =>
    new CountedRecords(
      Array.from({ length: size }, (_, n) => ({ key: `k${n}`, value: { list: `l${n % 500}`, done: n % 2, n } })),
    );

  const read = (rows: Iterable<Entry>): number => [...rows].length;

  test('one is made when it was missed twice; from then on only what matches is looked at', () => {
    const records = manyRecords(100_000);
    const indexes = new RecordIndexes(records);
    const ask = (name: string): number => records.readsOf(() => read(indexes.select(eq('list', name)).entries));
    expect(ask('l1')).toBe(100_000);
    expect(indexes.kinds).toEqual([]);
    // A look at all for the index, one at some to choose it, and one at those that match.
    expect(ask('l2')).toBe(100_000 + INDEX_LIMITS.sample + 200);
    expect(indexes.kinds).toEqual([{ type: 'hash', path: ['list'] }]);
    expect(ask('l3')).toBe(200);
    expect(ask('nobody')).toBe(0);
  });

  test('a range is found by an ordered one', () => {
    const records = manyRecords(10_000);
    const indexes = new RecordIndexes(records);
    const late: Predicate = { type: 'gte', path: ['n'], value: 9_990 };
    for (let i = 0; i < 2; i++) read(indexes.select(late).entries);
    // The first records say nothing of the last ones: it is chosen since none of them is in the range.
    expect(indexes.kinds).toEqual([{ type: 'ordered', path: ['n'] }]);
    expect(records.readsOf(() => read(indexes.select(late).entries))).toBe(10);
  });

  test('of several missed ones that leaving the fewest is made, and none that leaves much', () => {
    const records = manyRecords(10_000);
    const indexes = new RecordIndexes(records);
    const both: Predicate = { type: 'and', of: [eq('done', 1), eq('list', 'l3')] };
    for (let i = 0; i < 5; i++) read(indexes.select(both).entries);
    for (let i = 0; i < 5; i++) read(indexes.select(eq('done', 1)).entries);
    expect(indexes.kinds).toEqual([{ type: 'hash', path: ['list'] }]);
  });

  test('few records have none, nor does what is found by key', () => {
    const few = new RecordIndexes(manyRecords(999));
    for (let i = 0; i < 5; i++) read(few.select(eq('list', 'l1')).entries);
    for (let i = 0; i < 5; i++) read(few.related(['list'], ['l1']));
    expect(few.kinds).toEqual([]);
    const records = manyRecords(5_000);
    const many = new RecordIndexes(records);
    for (let i = 0; i < 5; i++) {
      expect(records.readsOf(() => expect(keysOf(many.select(eq('_key', 'k7')).entries)).toEqual(['k7']))).toBe(1);
      expect(keysOf(many.related(['_key'], ['k8', 9, 'nobody']))).toEqual(['k8']);
    }
    expect(many.kinds).toEqual([]);
  });

  describe('of records in order', () => {
    const first = (count: number): WantedOrder => ({ path: ['n'], direction: 'desc', count });
    const readFirst = (indexes: RecordIndexes, order: WantedOrder): number[] => {
      const found: number[] = [];
      for (const { value: record } of indexes.select(ALWAYS, order).entries) {
        found.push((record as { n: number }).n);
        if (found.length === order.count) break;
      }
      return found;
    };

    test('the first are read alone, once they were asked for twice', () => {
      const records = manyRecords(100_000);
      const indexes = new RecordIndexes(records);
      indexes.select(ALWAYS, first(200));
      expect(indexes.kinds).toEqual([]);
      indexes.select(ALWAYS, first(200));
      expect(indexes.kinds).toEqual([{ type: 'ordered', path: ['n'] }]);
      expect(records.readsOf(() => expect(readFirst(indexes, first(200))[199]).toBe(99_800))).toBe(200);
      expect(indexes.plan(ALWAYS, first(200))).toMatchObject({ access: { type: 'order' }, candidates: 200 });
    });

    test('so are those of a range', () => {
      const records = manyRecords(10_000);
      const indexes = new RecordIndexes(records);
      indexes.create({ type: 'ordered', path: ['n'] });
      const early: Predicate = { type: 'lt', path: ['n'], value: 9_000 };
      const { plan, entries: found } = indexes.select(early, first(20));
      expect(plan).toMatchObject({ access: { type: 'range', direction: 'desc' }, candidates: 9_000 });
      expect(records.readsOf(() => expect(found[Symbol.iterator]().next().value.key).toBe('k8999'))).toBe(1);
    });

    test('there is none of many, nor where much is equal, nor for records that it does not hold', () => {
      const indexes = new RecordIndexes(manyRecords(10_000));
      for (let i = 0; i < 5; i++) indexes.select(ALWAYS, first(10_000 / 16 + 1));
      for (let i = 0; i < 5; i++) indexes.select(ALWAYS, { ...first(10), path: ['done'] });
      expect(indexes.kinds).toEqual([]);
      for (const name of ['done', 'n']) indexes.create({ type: 'ordered', path: [name] });
      expect(indexes.plan(ALWAYS, first(10_000 / 16 + 1)).access.type).toBe('scan');
      expect(indexes.plan(ALWAYS, { ...first(10), path: ['done'] }).access.type).toBe('scan');
      const records = manyRecords(10_000);
      records.values.set('nothing', {});
      const lacking = new RecordIndexes(records);
      lacking.create({ type: 'ordered', path: ['n'] });
      expect(lacking.plan(ALWAYS, { ...first(10), direction: 'asc' }).access.type).toBe('scan');
      expect(lacking.plan(ALWAYS, first(10)).access.type).toBe('order');
    });

    test('what is made step by step is of no use before the last, and is begun once', () => {
      const records = manyRecords(2_000);
      const begun: Iterator<void>[] = [];
      const indexes = new RecordIndexes(records, INDEX_LIMITS, (steps) => begun.push(steps));
      for (let i = 0; i < 4; i++) indexes.select(ALWAYS, first(50));
      expect(begun).toHaveLength(3);
      const [one, ...others] = begun as [Iterator<void>, ...Iterator<void>[]];
      const { recordsPerStep } = INDEX_LIMITS;
      expect(records.readsOf(() => one.next())).toBe(recordsPerStep);
      expect(others.map((steps) => records.readsOf(() => expect(steps.next().done).toBe(true)))).toEqual([0, 0]);
      let steps = 1;
      while (one.next().done !== true) {
        steps++;
        expect(indexes.kinds).toEqual([]);
      }
      expect(steps).toBe(Math.floor(2_000 / recordsPerStep));
      expect(readFirst(indexes, first(3))).toEqual([1_999, 1_998, 1_997]);
    });

    test('what is let go of while it is made is not made to its end', () => {
      const begun: Iterator<void>[] = [];
      const indexes = new RecordIndexes(manyRecords(2_000), INDEX_LIMITS, (steps) => begun.push(steps));
      for (let i = 0; i < 2; i++) indexes.select(ALWAYS, first(50));
      begun[0]?.next();
      indexes.drop();
      expect(begun[0]?.next().done).toBe(true);
      expect(indexes.kinds).toEqual([]);
    });
  });

  test('related records are found by one, once they were asked for twice', () => {
    const records = manyRecords(5_000);
    const indexes = new RecordIndexes(records);
    expect(read(indexes.related(['list'], ['l1']))).toBe(5_000);
    expect(read(indexes.related(['list'], ['l1', 'l2']))).toBe(20);
    expect(records.readsOf(() => read(indexes.related(['list'], ['l7'])))).toBe(10);
  });

  test.each(['found by one', 'looked for'])(
    'related records are read to an end, %s, though each that is met is removed and written again',
    (how) => {
      const values = new Map(Array.from({ length: 40 }, (_, i): [string, Value] => [`k${i}`, { list: `l${i % 2}` }]));
      const records: RecordSet = {
        get size() {
          return values.size;
        },
        get: (key) => values.get(key),
        *entries() {
          for (const [key, value] of heldAtStart(values)) yield { key, value };
        },
      };
      const indexes = new RecordIndexes(records);
      if (how === 'found by one') indexes.create({ type: 'hash', path: ['list'] });
      expect(indexes.relatedAccess(['list'])).toBe(how === 'found by one' ? 'hash' : 'scan');
      const met: string[] = [];
      for (const { key, value: before } of indexes.related(['list'], ['l0', 'l1'])) {
        if (met.push(key) > 400) break;
        const after = { ...(before as object) };
        values.delete(key);
        indexes.apply([{ key, before, after: undefined }]);
        values.set(key, after);
        indexes.apply([{ key, before: undefined, after }]);
      }
      expect(met.sort()).toEqual([...values.keys()].sort());
    },
  );

  test('what is let go of is not made again until it is missed again twice', () => {
    const records = manyRecords(5_000);
    const indexes = new RecordIndexes(records);
    const ask = (): number => records.readsOf(() => read(indexes.select(eq('list', 'l1')).entries));
    ask();
    ask();
    expect(indexes.bytes).toBeGreaterThan(5_000);
    indexes.drop();
    expect([indexes.bytes, indexes.kinds.length]).toEqual([0, 0]);
    expect(ask()).toBe(5_000);
    expect(indexes.kinds).toEqual([]);
    ask();
    expect(ask()).toBe(10);
  });

  test('under pressure the one not used for longest goes first', () => {
    const indexes = new RecordIndexes(manyRecords(2_000));
    for (const name of ['list', 'done', 'n']) indexes.create({ type: 'hash', path: [name] });
    read(indexes.select(eq('list', 'l1')).entries);
    const before = indexes.bytes;
    indexes.drop(before);
    expect(indexes.kinds).toHaveLength(3);
    indexes.drop(before - 1);
    expect(indexes.kinds.map(({ path }) => path[0])).toEqual(['list', 'n']);
    indexes.drop(indexes.bytes - 1);
    expect(indexes.kinds.map(({ path }) => path[0])).toEqual(['list']);
  });

  test('other records altogether need other indexes', () => {
    const records = manyRecords(2_000);
    const indexes = new RecordIndexes(records);
    indexes.create({ type: 'hash', path: ['list'] });
    records.values.clear();
    records.values.set('x', { list: 'l1' });
    indexes.reset();
    expect(keysOf(indexes.select(eq('list', 'l1')).entries)).toEqual(['x']);
  });

  test('making one that is there changes nothing', () => {
    const records = manyRecords(2_000);
    const indexes = new RecordIndexes(records);
    indexes.create({ type: 'hash', path: ['list'] });
    expect(records.readsOf(() => indexes.create({ type: 'hash', path: ['list'] }))).toBe(0);
    expect(indexes.size).toBe(2_000);
  });
});
