import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { createFilter } from './filter.js';
import { operatorContract, saysTheSame, searchBreach, type OperatorSubject } from './operator.contract.js';
import type { RowChange } from './operator.js';
import { ALWAYS, type Aggregate, type GroupBy, type Path } from '../query.js';
import { naiveRows } from '../views/naive-rows.arbitrary.js';
import { createGroup, type Group } from './group.js';

const ALL: readonly Aggregate[] = [
  ['avg', 'avg', ['n']],
  ['count', 'count', null],
  ['max', 'max', ['n']],
  ['min', 'min', ['n']],
  ['some', 'count', ['n']],
  ['sum', 'sum', ['n']],
];

const groupSubject = (create: () => Group): OperatorSubject => {
  const filter = createFilter(() => true);
  const group = create();
  return {
    load: (rows) => group.load(filter.load(rows)),
    push(change) {
      const emitted: RowChange[] = [];
      filter.push(change, (row) => group.push(row, (out) => emitted.push(out)));
      return emitted;
    },
  };
};

const definition = (groupBy: GroupBy) => (records: Parameters<typeof naiveRows>[1]) =>
  naiveRows({ where: ALWAYS, sort: [], limit: null, groupBy }, records);

const cases: readonly (readonly [string, GroupBy])[] = [
  ['of one path', { by: [['a']], aggregates: ALL }],
  ['of two paths', { by: [['a'], ['b']], aggregates: ALL }],
  ['of a nested path', { by: [['n', 'a']], aggregates: [['count', 'count', null]] }],
  ['of all rows', { by: [], aggregates: ALL }],
  ['of distinct values', { by: [['a'], ['__proto__']], aggregates: [] }],
];

for (const [name, groupBy] of cases) {
  operatorContract(`group ${name}`, () => groupSubject(() => createGroup(groupBy)), definition(groupBy), saysTheSame);
}

describe('QU-20: a group', () => {
  const row = (key: string, a: Value, n: Value) => ({ key, value: { a, n } });
  const byA = (...aggregates: Aggregate[]): Group => createGroup({ by: [['a']], aggregates });
  const pushed = (group: Group, change: RowChange): RowChange[] => {
    const emitted: RowChange[] = [];
    group.push(change, (out) => emitted.push(out));
    return emitted;
  };

  test('is there while it has rows', () => {
    const group = byA(['count', 'count', null]);
    const [one, two] = [row('one', 'x', 1), row('two', 'x', 2)];
    group.load([]);
    const [{ after: first }] = pushed(group, { before: undefined, after: one }) as [RowChange];
    expect(first).toEqual({ key: '[["x"]]', value: { a: 'x', count: 1 } });
    const [{ before, after: second }] = pushed(group, { before: undefined, after: two }) as [RowChange];
    expect(before).toBe(first);
    expect(second?.value).toEqual({ a: 'x', count: 2 });
    pushed(group, { before: one, after: undefined });
    expect(group.size).toBe(1);
    const [{ after: last }] = pushed(group, { before: two, after: undefined }) as [RowChange];
    expect(last).toBeUndefined();
    expect([group.size, group.get('[["x"]]')]).toEqual([0, undefined]);
  });

  test('keeps its entry when it says the same again', () => {
    const group = byA(['max', 'max', ['n']]);
    const [low, high] = [row('low', 'x', 1), row('high', 'x', 9)];
    group.load([low, high]);
    const held = group.get('[["x"]]');
    const next = row('low', 'x', 5);
    expect(pushed(group, { before: low, after: next })).toEqual([]);
    expect(pushed(group, { before: next, after: undefined })).toEqual([]);
    expect(group.get('[["x"]]')).toBe(held);
    group.load([high]);
    expect(group.get('[["x"]]')).toBe(held);
    group.load([row('high', 'x', 8)]);
    expect(group.get('[["x"]]')).not.toBe(held);
  });

  test('a row that goes over leaves one group and enters another', () => {
    const group = byA(['count', 'count', null]);
    const [one, two] = [row('one', 'x', 1), row('two', 'y', 2)];
    group.load([one, two]);
    const changes = pushed(group, { before: one, after: row('one', 'y', 1) });
    expect(changes.map(({ before, after }) => [before?.key, before?.value, after?.value])).toContainEqual([
      '[["x"]]',
      { a: 'x', count: 1 },
      undefined,
    ]);
    expect(changes.map(({ after }) => after?.value)).toContainEqual({ a: 'y', count: 2 });
    expect(changes).toHaveLength(2);
  });

  test('changes once for many rows taken in together', () => {
    const group = byA(['sum', 'sum', ['n']]);
    group.load([]);
    for (let n = 1; n <= 1000; n++) group.take({ before: undefined, after: row(`k${n}`, n % 2, n) });
    const emitted: RowChange[] = [];
    group.flush((change) => emitted.push(change));
    group.flush((change) => emitted.push(change));
    expect(emitted.map(({ after }) => after?.value)).toEqual([
      { a: 1, sum: 250_000 },
      { a: 0, sum: 250_500 },
    ]);
  });

  test('says nothing of what came and went in between', () => {
    const group = byA(['count', 'count', null]);
    group.load([row('one', 'x', 1)]);
    group.take({ before: undefined, after: row('two', 'y', 1) });
    group.take({ before: row('two', 'y', 1), after: undefined });
    const emitted: RowChange[] = [];
    group.flush((change) => emitted.push(change));
    expect([emitted, group.size]).toEqual([[], 1]);
  });

  test('has changed before it says so', () => {
    const group = byA(['count', 'count', null]);
    group.load([]);
    group.push({ before: undefined, after: row('one', 'x', 1) }, ({ after }) => {
      expect(group.get('[["x"]]')).toBe(after);
      expect(group.size).toBe(1);
    });
    expect.assertions(2);
  });

  test('tells a missing value from null, and takes objects by content', () => {
    const group = byA();
    const rows = [row('1', null, 0), { key: '2', value: {} }, row('3', { x: 1, y: 2 }, 0), row('4', { y: 2, x: 1 }, 0)];
    expect(group.load(rows).map(({ key, value }) => [key, value])).toEqual([
      ['[[null]]', { a: null }],
      ['[[]]', {}],
      ['[[{"x":1,"y":2}]]', { a: { x: 1, y: 2 } }],
    ]);
  });

  test('aggregates what is there: numbers for sums, anything but null for the rest', () => {
    const group = createGroup({ by: [], aggregates: ALL });
    const values: Value[] = [3, 1, 'x', null, { deep: true }];
    const [all] = group.load([...values.map((n, i) => ({ key: `${i}`, value: { n } })), { key: 'none', value: {} }]);
    expect(all?.value).toEqual({ avg: 2, count: 6, max: { deep: true }, min: 1, some: 4, sum: 4 });
    const [none] = group.load([{ key: 'none', value: { n: null } }]);
    expect(none?.value).toEqual({ avg: null, count: 1, max: null, min: null, some: 0, sum: 0 });
  });

  test('QU-21: a sum does not depend on what came and went before', () => {
    const group = createGroup({ by: [], aggregates: [['sum', 'sum', ['n']]] });
    group.load([]);
    const values = [0.1, 0.2, 0.3, 1e300, -1e300, 0.7];
    const rows = values.map((n, i) => ({ key: `${i}`, value: { n } }));
    for (const after of rows) group.push({ before: undefined, after }, () => undefined);
    for (const before of rows.slice(3)) group.push({ before, after: undefined }, () => undefined);
    const [entry] = createGroup({ by: [], aggregates: [['sum', 'sum', ['n']]] }).load(rows.slice(0, 3).toReversed());
    expect(group.get('[]')?.value).toEqual(entry?.value);
    expect(group.get('[]')?.value).toEqual({ sum: 0.6 });
  });

  test('a row that leaves a group that is not there is a defect', () => {
    const group = byA();
    group.load([]);
    expect(() => group.take({ before: row('one', 'x', 1), after: undefined })).toThrow('not there');
  });

  const defects: readonly (readonly [string, RegExp, (group: Group) => Partial<Group>])[] = [
    [
      'does not take rows out',
      /output is not/,
      (group) => ({
        push: (change, emit) =>
          group.push({ before: change.after && change.before, after: change.after ?? change.before }, emit),
      }),
    ],
    [
      'makes entries anew',
      /before is not what was emitted/,
      (group) => ({
        push: (change, emit) =>
          group.push(change, ({ before, after }) => emit({ before: before && { ...before }, after })),
      }),
    ],
    [
      'says nothing of a change',
      /output is not/,
      (group) => ({ push: (change) => group.push(change, () => undefined) }),
    ],
    [
      'repeats itself',
      /unchanged row was emitted|before is not what/,
      (group) => ({
        push: (change, emit) =>
          group.push(change, (out) => {
            emit(out);
            emit({ before: out.after, after: out.after });
          }),
      }),
    ],
  ];

  test.each(defects)('that %s is found out by the contract', (_what, fault, spoil) => {
    const groupBy = cases[0]?.[1] as GroupBy;
    const create = (): OperatorSubject =>
      groupSubject(() => {
        const group = createGroup(groupBy);
        return { ...wrap(group), ...spoil(group) };
      });
    expect(searchBreach(create, definition(groupBy), 300, 1, saysTheSame)).toMatch(fault);
  });

  const wrap = (group: Group): Group => ({
    size: 0,
    get: (key) => group.get(key),
    take: (change) => group.take(change),
    flush: (emit) => group.flush(emit),
    load: (rows) => group.load(rows),
    beginLoad: () => group.beginLoad(),
    push: (change, emit) => group.push(change, emit),
  });

  test('CL-3: a change costs comparisons in the logarithm of the group’s rows, for min and max too', () => {
    // Each comparison of two values reads both of them: they are counted as they are read out of an array.
    const comparisonsAt = (size: number): number => {
      let reads = 0;
      const counted = (n: number): Value => new Proxy([n], { get: (of, name, self) => ((reads += name === '0' ? 1 : 0), Reflect.get(of, name, self)) }); // prettier-ignore
      const group = createGroup({ by: [], aggregates: [['min', 'min', ['n']]] });
      group.load(Array.from({ length: size }, (_, n) => row(`k${n}`, 0, counted(n))));
      let most = 0;
      for (let i = 0; i < 50; i++) {
        const n = (i * 389) % size;
        reads = 0;
        group.take({ before: row(`k${n}`, 0, counted(n)), after: row(`k${n}`, 0, counted(n + 0.5)) });
        group.take({ before: row(`k${n}`, 0, counted(n + 0.5)), after: row(`k${n}`, 0, counted(n)) });
        most = Math.max(most, reads);
      }
      return most;
    };
    const [small, large] = [comparisonsAt(1_000), comparisonsAt(32_000)];
    expect(small).toBeGreaterThan(0);
    expect(large).toBeLessThan(2 * small);
  });

  const paths: readonly Path[] = [['_key'], ['a', 'b']];
  test.each(paths.map((path) => [path] as const))('groups by %j', (...[path]) => {
    const group = createGroup({ by: [path], aggregates: [] });
    const [entry] = group.load([{ key: 'k', value: { a: { b: 7 } } }]);
    expect(entry?.value).toEqual(path.length === 1 ? { _key: 'k' } : { a: { b: 7 } });
  });
});
