import { describe, expect, test } from 'vitest';
import { objectOf } from '../query.arbitrary.js';
import { canonicalQuery } from './canonical-query.js';
import { validateQuery } from './validate-query.js';

/*
 * Which parts of a query go together on the wire, for every choice of them: as a query of its own, and as the parent of one that is related to it. By the
 * words of QU-42, QU-45, QU-48 and QU-49, written down once below.
 */

const ALL = { type: 'and', of: [] } as const;
const PARTS = {
  after: { values: [] as unknown[], key: 'k' },
  groupBy: { by: [['a']], aggregates: [] },
  search: { text: 'a', fields: ['f'], boosts: [], prefix: true, fuzzy: 0, combineWith: 'AND' },
  within: { map: 'm', on: [['a'], ['b']], query: { where: ALL, sort: [], limit: null } },
} as const;
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

/** Every set of these. */
const subsets = <T>(items: readonly T[]): T[][] =>
  items.reduce<T[][]>((sets, item) => [...sets, ...sets.map((set) => [...set, item])], [[]]);

interface Asked {
  readonly parts: readonly Part[];
  readonly isSorted: boolean;
  readonly limit: number | null;
}
const ASKED: readonly Asked[] = subsets(NAMES).flatMap((parts) =>
  [false, true].flatMap((isSorted) => [null, 1, 1_000, 1_001, 100_000].map((limit) => ({ parts, isSorted, limit }))),
);

function queryOf({ parts, isSorted, limit }: Asked): Readonly<Record<string, unknown>> {
  const query: Record<string, unknown> = { where: ALL, sort: isSorted ? [[['a'], 'asc']] : [], limit };
  for (const part of parts) query[part] = PARTS[part];
  // A place has a value for each level of the order.
  if (parts.includes('after')) query['after'] = { values: isSorted ? [1] : [], key: 'k' };
  return query;
}

function isGood({ parts, isSorted, limit }: Asked): boolean {
  const has = (part: Part): boolean => parts.includes(part);
  // QU-49: a limit, up to 1,000, and none of the others.
  if (has('search')) return parts.length === 1 && !isSorted && limit !== null && limit <= 1_000;
  // QU-48: neither groups related to something, nor a place in related rows.
  return !has('within') || parts.length === 1;
}

/** QU-48: what rows may be related to are rows, and not those of a search. */
const isGoodParent = (asked: Asked): boolean =>
  isGood(asked) && !asked.parts.includes('groupBy') && !asked.parts.includes('search');

const within = (query: unknown): unknown => ({ where: ALL, sort: [], limit: null, within: { ...PARTS.within, query } });

describe('QU-48, QU-49: every choice of the parts of a query', () => {
  test('is taken where they go together', () => {
    expect(ASKED.filter((asked) => validateQuery(queryOf(asked)).ok)).toEqual(ASKED.filter(isGood));
    expect(ASKED.filter(isGood).length).toBeGreaterThan(40);
  });

  test('is taken as a parent where it has rows', () => {
    expect(ASKED.filter((asked) => validateQuery(within(queryOf(asked))).ok)).toEqual(ASKED.filter(isGoodParent));
    expect(ASKED.filter((asked) => isGood(asked) && !isGoodParent(asked)).length).toBeGreaterThan(5);
  });

  test('is refused by the names of two parts that it has, or at its limit', () => {
    for (const asked of ASKED.filter((one) => !isGood(one))) {
      const query = validateQuery(queryOf(asked));
      if (query.ok) throw new Error('taken');
      const { error } = query;
      if (error.code === 'wrong-type') {
        expect([asked, error.path, asked.parts.includes('search')]).toEqual([asked, ['limit'], true]);
        continue;
      }
      expect([asked, error.code, error.path]).toEqual([asked, 'not-together', []]);
      const { options } = error as typeof error & { readonly options: readonly string[] };
      const there = [...asked.parts, ...(asked.isSorted ? ['sort'] : [])];
      expect([asked, options.length, options.every((option) => there.includes(option))]).toEqual([asked, 2, true]);
    }
  });

  test('is one query in whatever order its members come, and is taken again as it was read', () => {
    for (const asked of ASKED.filter(isGood)) {
      const members = Object.entries(queryOf(asked));
      const texts = members.map((_, turn) => {
        const query = validateQuery(objectOf([...members.slice(turn), ...members.slice(0, turn)]));
        if (!query.ok) throw new Error(JSON.stringify(query.error));
        expect(validateQuery(query.value)).toEqual(query);
        return canonicalQuery(query.value);
      });
      expect([asked, new Set(texts).size]).toEqual([asked, 1]);
    }
  });

  test('two choices are two queries', () => {
    const texts = ASKED.filter(isGood).map((asked) => {
      const query = validateQuery(queryOf(asked));
      return query.ok ? canonicalQuery(query.value) : '';
    });
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('with another member is refused for that, whatever else it has', () => {
    for (const asked of ASKED) {
      for (const option of ['fields', 'include', 'predicate', 'one', '__proto__', 'toString', '']) {
        const input = objectOf([...Object.entries(queryOf(asked)), [option, []]]);
        expect([option, validateQuery(input)]).toEqual([
          option,
          { ok: false, error: { code: 'unknown-option', path: [], option } },
        ]);
      }
    }
  });

  test('without one that each query has is refused at its place', () => {
    for (const asked of ASKED.filter(isGood)) {
      for (const name of ['where', 'sort', 'limit']) {
        const query = validateQuery(objectOf(Object.entries(queryOf(asked)).filter(([member]) => member !== name)));
        expect([name, query.ok ? null : [query.error.code, query.error.path]]).toEqual([name, ['wrong-type', [name]]]);
      }
    }
  });

  test('has a part or has it not: one that is nothing is a part that is wrong', () => {
    for (const part of NAMES) {
      for (const nothing of [undefined, null, false, 0, '', []]) {
        const query = validateQuery({ ...queryOf({ parts: [], isSorted: false, limit: 1 }), [part]: nothing });
        expect([part, nothing, query.ok ? null : query.error.code]).toEqual([part, nothing, 'wrong-type']);
        if (!query.ok) expect(query.error.path).toEqual([part]);
      }
    }
  });
});

describe('QU-12, QU-42: the place to go on after', () => {
  test.each([0, 1, 2, 3])('has a value for each of %i levels, and no more or fewer', (levels) => {
    const sort = Array.from({ length: levels }, (_, i) => [[`f${i}`], i % 2 === 0 ? 'asc' : 'desc']);
    for (let count = 0; count <= 4; count += 1) {
      const after = { values: Array.from({ length: count }, (_, i) => (i === 0 ? { missing: true } : i)), key: '' };
      expect([count, validateQuery({ where: ALL, sort, limit: null, after }).ok]).toEqual([count, count === levels]);
    }
  });

  test.each<[unknown, boolean]>([
    [null, true],
    [0, true],
    ['', true],
    [{ missing: true }, true],
    [{ json: '[]' }, true],
    [{ json: '{"$bytes":"AQ"}' }, true],
    [{ missing: false }, false],
    [{ missing: 1 }, false],
    [{ missing: true, json: '1' }, false],
    [{}, false],
    [[], false],
    [{ json: '{' }, false],
    [undefined, false],
    [Number.NaN, false],
  ])('has %j: %s', (value, isTaken) => {
    const query = validateQuery({
      where: ALL,
      sort: [[['a'], 'asc']],
      limit: null,
      after: { values: [value], key: 'k' },
    });
    expect(query.ok).toBe(isTaken);
    if (!query.ok) expect(query.error.path.slice(0, 3)).toEqual(['after', 'values', 0]);
  });
});
