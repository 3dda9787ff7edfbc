import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, encodeBase64url, type Value } from '../../primitives/index.js';
import { compileComparator } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { entries, findCounterexample, groupedQueryInput, queryInput, sort } from '../query.arbitrary.js';
import { describeQueryError } from '../language/query-error.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { compileAfter } from './compile-after.js';
import { cursorAt } from './cursor-at.js';
import { CURSOR_MAX_AGE_MS, decodeCursor, encodeCursor } from './cursor-token.js';

function parsed(input: QueryInput, nowMillis?: number): Query {
  const query = parseQuery(input, nowMillis === undefined ? {} : { nowMillis });
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

const keysOf = (rows: readonly Entry[]): string[] => rows.map(({ key }) => key);

const token = (...parts: readonly Value[]): string =>
  encodeBase64url(Uint8Array.from(canonicalJson(parts), (character) => character.charCodeAt(0)));

/** All pages, one by one, as an app would ask for them. */
function pages(input: QueryInput, rows: readonly Entry[], size: number): Entry[][] {
  const found: Entry[][] = [];
  let cursor: string | null = null;
  for (;;) {
    const query = parsed({ ...input, limit: size, cursor }, 1000);
    const page = evaluate(query, rows);
    if (page.length === 0) return found;
    found.push(page);
    cursor = encodeCursor(query, page.at(-1) as Entry, 1000);
  }
}

describe('QU-12: a cursor', () => {
  test('page by page gives all rows once, in order, whatever their types', () => {
    fc.assert(
      fc.property(
        fc.oneof(queryInput, groupedQueryInput),
        entries,
        fc.integer({ min: 1, max: 4 }),
        (input, rows, size) => {
          const whole = evaluate(parsed({ ...input, limit: null }), rows);
          expect(pages(input, rows, size).flat()).toEqual(whole);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('rows that come and go make no other row appear twice or not at all', () => {
    let moved = 0;
    const property = fc.property(queryInput, entries, entries, fc.nat(5), (input, rows, changes, size) => {
      const query = parsed({ ...input, limit: size + 1 });
      const first = evaluate(query, rows);
      const last = first.at(-1);
      if (last === undefined) return;
      const cursor = encodeCursor(query, last, 5);
      // Every other one of the rows there were is deleted, the last of the page perhaps too, and new ones come.
      const held = new Map(rows.filter((_, i) => i % 2 === 0).map((row) => [row.key, row]));
      for (const row of changes) held.set(row.key, row);
      const later = evaluate(parsed({ ...input, limit: null, cursor }, 5), held.values());
      const before = new Set(keysOf(first));
      const stayed = (row: Entry) => rows.some((earlier) => earlier.key === row.key && earlier.value === row.value);
      expect(later.filter((row) => stayed(row) && before.has(row.key))).toEqual([]);
      const all = evaluate(parsed({ ...input, limit: null }), held.values());
      expect(all.filter((row) => stayed(row) && !before.has(row.key) && !later.includes(row))).toEqual([]);
      if (later.some((row) => !stayed(row))) moved += 1;
    });
    fc.assert(property, { numRuns: 400 });
    expect(moved).toBeGreaterThan(10);
  });

  test('a page that begins at a number of rows would not be that stable', () => {
    const property = fc.property(queryInput, entries, fc.nat(5), (input, rows, size) => {
      const first = evaluate(parsed({ ...input, limit: size + 1 }), rows);
      const fewer = rows.slice(1);
      const later = evaluate(parsed({ ...input, limit: null }), fewer).slice(size + 1);
      const all = evaluate(parsed({ ...input, limit: null }), fewer);
      expect(all.filter((row) => !first.includes(row) && !later.includes(row))).toEqual([]);
    });
    expect(findCounterexample(property, 500, 2)).not.toBeNull();
  });

  test('comes after itself in no order, and before exactly what is greater', () => {
    fc.assert(
      fc.property(sort, entries, (order, rows) => {
        const { sort: levels } = parsed({ sort: order });
        const compare = compileComparator({ sort: levels });
        for (const place of rows) {
          const isAfter = compileAfter({ sort: levels }, cursorAt({ sort: levels }, place));
          for (const row of rows) expect(isAfter(row.key, row.value)).toBe(compare(row, place) > 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('reads back as the place it was made of', () => {
    fc.assert(
      fc.property(fc.oneof(queryInput, groupedQueryInput), entries, fc.nat(), (input, rows, millis) => {
        const query = parsed(input);
        for (const row of evaluate(query, rows)) {
          const text = encodeCursor(query, row, millis);
          expect(text).toMatch(/^[\w-]+$/);
          expect(decodeCursor(text, query, millis)).toEqual({ status: 'valid', cursor: cursorAt(query, row) });
        }
      }),
    );
  });

  const row: Entry = { key: 'ключ', value: { a: 'é\u{1F600}', b: [1] } };
  const query = parsed({ where: { c: { $exists: false } }, sort: { a: 'asc', b: 'desc', none: 'asc' } });
  const text = encodeCursor(query, row, 1_000);

  test('says what it stands for, missing values too', () => {
    expect(decodeCursor(text, query, 1_000)).toEqual({
      status: 'valid',
      cursor: { values: ['é\u{1F600}', { json: '[1]' }, { missing: true }], key: 'ключ' },
    });
  });

  test('is good for a day, or as long as it is told, and for clocks that disagree', () => {
    const at = (now: number, ...maxAge: readonly number[]) => decodeCursor(text, query, now, ...maxAge).status;
    expect(at(1_000 + 86_400_000)).toBe('valid');
    expect(at(1_001 + 86_400_000)).toBe('expired');
    expect(at(1_050, 50)).toBe('valid');
    expect(at(1_051, 50)).toBe('expired');
    expect(at(0)).toBe('valid');
  });

  test('is good for pages of other sizes with other fields, and for no other rows or order', () => {
    const input: QueryInput = { where: { a: 1 }, sort: { b: 'asc' } };
    const made = encodeCursor(parsed(input), { key: 'k', value: { b: 1 } }, 0);
    const status = (other: QueryInput) => decodeCursor(made, parsed({ ...input, ...other }), 0).status;
    expect(status({})).toBe('valid');
    expect(status({ limit: 7 })).toBe('valid');
    expect(status({ fields: ['x'] })).toBe('valid');
    expect(status({ include: { x: { map: 'm', on: ['a', 'b'] } } })).toBe('valid');
    expect(
      status({
        sort: [
          ['b', 'asc'],
          ['_key', 'asc'],
          ['z', 'desc'],
        ],
      }),
    ).toBe('valid');
    expect(status({ where: { $and: [{ a: 1 }] } })).toBe('valid');
    expect(status({ where: { a: 2 } })).toBe('invalid');
    expect(status({ sort: { b: 'desc' } })).toBe('invalid');
    expect(status({ sort: {} })).toBe('invalid');
    expect(status({ groupBy: 'b' })).toBe('invalid');
  });

  test('anything else is invalid, never an exception', () => {
    const plain = parsed({ sort: { a: 'asc' } });
    const good = encodeCursor(plain, { key: 'k', value: { a: 1 } }, 0);
    const shape = JSON.parse(atob(good.replaceAll('-', '+').replaceAll('_', '/')))[0] as string;
    expect(decodeCursor(token(shape, [1], 'k', 0), plain, 0).status).toBe('valid');
    const bad: readonly unknown[] = [
      ...[undefined, null, 7, {}, '', '!', 'a', 'abc', good.slice(1), `${good}A`],
      token(),
      token(shape, [1], 'k'),
      token(shape, [1], 'k', 0, 0),
      token('0000', [1], 'k', 0),
      token(shape, [], 'k', 0),
      token(shape, [1, 2], 'k', 0),
      token(shape, [{ json: '{' }], 'k', 0),
      token(shape, [{ missing: false }], 'k', 0),
      token(shape, 1, 'k', 0),
      token(shape, [1], 7, 0),
      token(shape, [1], 'k', '0'),
      token({}, [1], 'k', 0),
      encodeBase64url(Uint8Array.of(0xff, 0xfe)),
    ];
    for (const one of bad) expect([one, decodeCursor(one, plain, 0).status]).toEqual([one, 'invalid']);
    fc.assert(
      fc.property(fc.string(), (anything) => {
        expect(decodeCursor(anything, plain, 0).status).toBe('invalid');
      }),
    );
  });

  test('QU-4: a query with a bad one is refused before anything runs, with its place', () => {
    const input: QueryInput = { sort: { a: 'asc' } };
    const good = encodeCursor(parsed(input), { key: 'k', value: { a: 1 } }, 0);
    const late = { nowMillis: CURSOR_MAX_AGE_MS + 1 };
    expect(parsed({ ...input, cursor: good }).after).toEqual({ values: [1], key: 'k' });
    expect(parsed({ ...input, cursor: null })).not.toHaveProperty('after');
    const errorOf = (...given: Parameters<typeof parseQuery>) => {
      const query = parseQuery(...given);
      return query.ok ? null : query.error;
    };
    expect(errorOf({ ...input, cursor: good }, late)).toEqual({ code: 'cursor-expired', path: ['cursor'] });
    expect(errorOf({ ...input, cursor: good }, { nowMillis: 5, cursorMaxAgeMs: 4 })?.code).toBe('cursor-expired');
    expect(errorOf({ ...input, cursor: good }, { ...late, cursorMaxAgeMs: Infinity })).toBeNull();
    expect(errorOf({ cursor: good })).toEqual({ code: 'cursor-invalid', path: ['cursor'] });
    expect(errorOf({ cursor: '' })).toEqual({ code: 'cursor-invalid', path: ['cursor'] });
    expect(errorOf({ cursor: 7 as never })).toEqual({ code: 'cursor-invalid', path: ['cursor'] });
  });
});
