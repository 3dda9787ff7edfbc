import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluateShown } from '../evaluate/evaluate.js';
import { createFilter } from './filter.js';
import { operatorContract, saysTheSame, searchBreach, type OperatorSubject } from './operator.contract.js';
import type { RowChange } from './operator.js';
import { ALWAYS, type Path, type Relation } from '../query.js';
import { Join } from './join.js';

const NO_CHANGES = new Map<string, never>();

const STILL: readonly Entry[] = [
  { key: 'x', value: { of: 'a' } },
  { key: 'y', value: { of: 'a', n: 1 } },
  { key: 'z', value: { of: 1 } },
];

/** A join over a related map that does not change, as an operator over the rows of a filter. */
function joinSubject(create: () => Join): OperatorSubject {
  const filter = createFilter(() => true);
  let join = create();
  const emit = (change: RowChange): RowChange[] => {
    const { key } = change.before ?? (change.after as Entry);
    const before = join.get(key);
    const changed = join.take([change], NO_CHANGES);
    if (change.after === undefined) return [{ before, after: undefined }];
    return changed.has(key) ? [{ before, after: join.get(key) }] : [];
  };
  return {
    load(rows) {
      join = create();
      return filter
        .load(rows)
        .flatMap((after) => emit({ before: undefined, after }).flatMap(({ after: shown }) => shown ?? []));
    },
    push(change) {
      const emitted: RowChange[] = [];
      filter.push(change, (row) => emitted.push(...emit(row)));
      return emitted;
    },
  };
}

const definition =
  (fields: readonly Path[] | undefined, include: readonly Relation[]) =>
  (records: readonly Entry[]): Entry[] => {
    const shown = evaluateShown({ where: ALWAYS, sort: [], limit: null, ...(fields && { fields }), include }, records, { maps: new Map([['still', STILL]]) }); // prettier-ignore
    return shown.map(({ _key, ...rest }) => ({ key: _key as string, value: rest as Value }));
  };

const related: Relation = {
  name: 'more',
  map: 'still',
  on: [['a'], ['of']],
  one: false,
  query: { where: ALWAYS, sort: [], limit: null },
};

const cases: readonly (readonly [string, readonly Path[] | undefined, readonly Relation[]])[] = [
  ['fields alone', [['a'], ['b', 'n']], []],
  ['no field at all', [], []],
  ['related rows', [['a']], [related]],
  ['one related row', [['n']], [{ ...related, one: true, query: { ...related.query, limit: 1 } }]],
];

const joinOf = (fields: readonly Path[] | undefined, include: readonly Relation[]): Join =>
  new Join({ ...(fields && { fields }), include }, { load: () => STILL });

for (const [name, fields, include] of cases) {
  operatorContract(
    `join of ${name}`,
    () => joinSubject(() => joinOf(fields, include)),
    definition(fields, include),
    saysTheSame,
  );
}

describe('QU-25: a join', () => {
  test.each<readonly [string, RegExp, () => Join]>([
    ['forgets a field', /output is not/, () => joinOf([['b', 'n']], [related])],
    ['shows one for many', /output is not/, () => joinOf([['a']], [{ ...related, one: true }])],
    ['loads nothing', /output is not/, () => new Join({ fields: [['a']], include: [related] }, { load: () => [] })],
    [
      'says that nothing changed',
      /output is not/,
      () => Object.assign(joinOf([['a']], [related]), { take: () => new Set<string>() }),
    ],
  ])('that %s is found out by the contract', (_what, fault, create) => {
    expect(searchBreach(() => joinSubject(create), definition([['a']], [related]), 500, 1, saysTheSame)).toMatch(fault);
  });

  test('keeps a row as it came beside what it shows', () => {
    const join = joinOf([['a']], [related]);
    const row = { key: 'k', value: { a: 'a', b: 2 } };
    expect([...join.take([{ before: undefined, after: row }], NO_CHANGES)]).toEqual(['k']);
    expect(join.source('k')).toBe(row);
    expect(join.get('k')?.value).toEqual({
      a: 'a',
      more: [
        { of: 'a', _key: 'x' },
        { of: 'a', n: 1, _key: 'y' },
      ],
    });
    join.take([{ before: row, after: undefined }], NO_CHANGES);
    expect([join.source('k'), join.get('k')]).toEqual([undefined, undefined]);
  });

  test('shows a list of none for a value that nothing has, and for none', () => {
    const join = joinOf(undefined, [related]);
    join.take([{ before: undefined, after: { key: 'k', value: { a: 'nobody' } } }, { before: undefined, after: { key: 'l', value: 7 } }], NO_CHANGES); // prettier-ignore
    expect([join.get('k')?.value, join.get('l')?.value]).toEqual([
      { a: 'nobody', more: [] },
      { value: 7, more: [] },
    ]);
  });
});
