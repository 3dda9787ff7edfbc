import { describe, expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url, type Value } from '../../primitives/index.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { compileRowTest } from './compile-row-test.js';
import { cursorAt } from './cursor-at.js';
import { CURSOR_MAX_AGE_MS, decodeCursor, encodeCursor } from './cursor-token.js';
import { queryShape } from './query-shape.js';

const parsed = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
};
const textOf = (token: string): string => {
  const bytes = decodeBase64url(token);
  if (!bytes.ok) throw new Error('no base64url');
  return new TextDecoder().decode(bytes.value);
};
const tokenOf = (text: string): string => encodeBase64url(new TextEncoder().encode(text));

const QUERY = parsed({ where: { a: 1 }, sort: { n: 'desc', s: 'asc' } });
const ROW = { key: 'k', value: { a: 1, n: 2, s: 'é' } };

describe('QU-12: what a cursor is made of', () => {
  test.each<[Value, QueryInput['sort'], readonly unknown[]]>([
    [{ n: 1 }, {}, []],
    [{ n: 1 }, { n: 'asc' }, [1]],
    [{ n: null }, { n: 'asc' }, [null]],
    [{}, { n: 'asc' }, [{ missing: true }]],
    [7, { n: 'desc' }, [{ missing: true }]],
    [{ n: { b: 1, a: [2] } }, { n: 'asc' }, [{ json: '{"a":[2],"b":1}' }]],
    [{ n: { missing: true } }, { n: 'asc' }, [{ json: '{"missing":true}' }]],
    [{ n: new Uint8Array([1]) }, { n: 'asc' }, [{ json: '{"$bytes":"AQ"}' }]],
    [{ n: 1, m: { x: false } }, { 'm.x': 'asc', n: 'desc' }, [false, 1]],
    [{ n: 1 }, { n: 'asc', _key: 'desc' }, [1, 'k']],
  ])('of %j, sorted by %j, it holds %j and the key', (value, sort, values) => {
    expect(cursorAt(parsed({ sort }), { key: 'k', value })).toEqual({ values, key: 'k' });
  });

  test('its text is the shape of the query, the values, the key and the time, in ASCII', () => {
    const token = encodeCursor(QUERY, ROW, 1_000);
    expect(token).toMatch(/^[\w-]+$/);
    const text = textOf(token);
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(text)).toEqual([queryShape(QUERY), [2, 'é'], 'k', 1_000]);
    expect(decodeCursor(token, QUERY, 1_000)).toEqual({ status: 'valid', cursor: { values: [2, 'é'], key: 'k' } });
  });

  test('keys and values of any characters come back as they were', () => {
    for (const text of ['', '\0', '"', '\\', '\n', '\u{1F600}', '\ud83d', '\uffff', '__proto__', ']']) {
      const row = { key: text, value: { a: 1, n: text, s: text } };
      expect(decodeCursor(encodeCursor(QUERY, row, 5), QUERY, 5)).toEqual({
        status: 'valid',
        cursor: { values: [text, text], key: text },
      });
    }
  });

  test('it is as old as the times say, to the millisecond, and a clock that went back makes it no older', () => {
    const token = encodeCursor(QUERY, ROW, 1_000);
    const statusAt = (now: number, maxAge?: number): string => decodeCursor(token, QUERY, now, maxAge).status;
    expect(CURSOR_MAX_AGE_MS).toBe(86_400_000);
    expect([statusAt(1_000 + CURSOR_MAX_AGE_MS), statusAt(1_001 + CURSOR_MAX_AGE_MS)]).toEqual(['valid', 'expired']);
    expect([statusAt(1_010, 10), statusAt(1_011, 10), statusAt(0), statusAt(-1e15)]).toEqual([
      'valid',
      'expired',
      'valid',
      'valid',
    ]);
    expect([statusAt(1_000, 0), statusAt(1_001, 0)]).toEqual(['valid', 'expired']);
  });
});

describe('QU-12: what is no cursor of this query', () => {
  const parts = (): unknown[] => JSON.parse(textOf(encodeCursor(QUERY, ROW, 1_000))) as unknown[];
  const statusOf = (token: unknown): string => decodeCursor(token, QUERY, 1_000).status;

  test('each part of it that is another one, missing or one too many', () => {
    expect(statusOf(tokenOf(JSON.stringify(parts())))).toBe('valid');
    const others: readonly unknown[] = [null, true, 7, 'x', [], {}, [1], { missing: false }, { json: '{' }, '1000'];
    for (const [at] of parts().entries()) {
      for (const other of others) {
        const changed = parts();
        changed[at] = other;
        // Any text is the key of some row, and any number a time.
        const isGood = (at === 2 && typeof other === 'string') || (at === 3 && typeof other === 'number');
        expect([at, other, statusOf(tokenOf(JSON.stringify(changed)))]).toEqual([
          at,
          other,
          isGood ? 'valid' : 'invalid',
        ]);
      }
      const fewer = parts().filter((_, i) => i !== at);
      expect([at, statusOf(tokenOf(JSON.stringify(fewer)))]).toEqual([at, 'invalid']);
    }
    expect(statusOf(tokenOf(JSON.stringify([...parts(), 1])))).toBe('invalid');
  });

  test('values that are fewer or more than there are levels, or none that a query could hold', () => {
    const withValues = (values: unknown): string => {
      const changed = parts();
      changed[1] = values;
      return statusOf(tokenOf(JSON.stringify(changed)));
    };
    for (const bad of [
      [1],
      [1, 2, 3],
      [],
      [1, { json: '{"$x":1}' }],
      [1, { missing: true, more: 1 }],
      [1, [2]],
      { 0: 1, 1: 2, length: 2 },
    ]) {
      expect([bad, withValues(bad)]).toEqual([bad, 'invalid']);
    }
    for (const good of [
      [1, 2],
      [null, 'x'],
      [{ missing: true }, { missing: true }],
      [{ json: '[1]' }, false],
    ]) {
      expect([good, withValues(good)]).toEqual([good, 'valid']);
    }
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a list', [1]],
    ['an empty text', ''],
    ['a text that is not base64url', 'a+b/c='],
    ['a text that is no JSON', tokenOf('{')],
    ['JSON that is no list', tokenOf('{"0":1}')],
    ['JSON that is a text', tokenOf('"abcd"')],
    ['bytes that are no ASCII', encodeBase64url(new Uint8Array([0xff, 0xfe]))],
    ['a list that never ends', tokenOf('['.repeat(100_000))],
    ['half of one', encodeCursor(QUERY, ROW, 1_000).slice(0, 20)],
    ['one and more', `${encodeCursor(QUERY, ROW, 1_000)}AAAA`],
  ])('%s', (_what, token) => {
    expect(decodeCursor(token, QUERY, 1_000)).toEqual({ status: 'invalid' });
  });
});

describe('QU-12: for which queries it is good', () => {
  const base: QueryInput = { where: { a: 1, b: 2 }, sort: { n: 'desc' } };
  test.each<[string, QueryInput, boolean]>([
    ['the same', { ...base }, true],
    ['conditions in another order', { ...base, where: { b: 2, a: 1 } }, true],
    ['conditions nested otherwise', { ...base, where: { $and: [{ a: 1 }, { $and: [{ b: 2 }] }] } }, true],
    ['conditions in the predicate', { sort: { n: 'desc' }, where: { a: 1 }, predicate: { b: 2 } }, true],
    ['another limit', { ...base, limit: 3 }, true],
    ['chosen fields', { ...base, fields: ['a'] }, true],
    ['relations', { ...base, include: { x: { map: 'm', on: ['a', 'b'] } } }, true],
    ['a level that decides nothing', { ...base, sort: { n: 'desc', _key: 'asc' } }, true],
    ['another direction', { ...base, sort: { n: 'asc' } }, false],
    ['another level', { ...base, sort: { n: 'desc', a: 'asc' } }, false],
    ['another path', { ...base, sort: { m: 'desc' } }, false],
    ['another value', { ...base, where: { a: 1, b: 3 } }, false],
    ['another condition', { ...base, where: { a: 1 } }, false],
    ['groups', { where: { a: 1, b: 2 }, sort: { n: 'desc' }, aggregate: { n: 'count' } }, false],
    ['different values', { where: { a: 1, b: 2 }, sort: { n: 'desc' }, distinct: 'n' }, false],
  ])('%s: %s', (_what, input, isGood) => {
    const token = encodeCursor(parsed(base), { key: 'k', value: { n: 1 } }, 0);
    expect(decodeCursor(token, parsed(input), 0).status).toBe(isGood ? 'valid' : 'invalid');
    expect(queryShape(parsed(input)) === queryShape(parsed(base))).toBe(isGood);
  });

  test('a record is judged by conditions and place; of groups by the conditions alone', () => {
    const after = { values: [2], key: 'k' };
    const query = { ...parsed({ where: { a: 1 }, sort: { n: 'asc' } }), after };
    const isRow = compileRowTest(query);
    const judged = [
      ['j', { a: 1, n: 2 }, false],
      ['k', { a: 1, n: 2 }, false],
      ['l', { a: 1, n: 2 }, true],
      ['a', { a: 1, n: 3 }, true],
      ['a', { a: 2, n: 3 }, false],
      ['z', { a: 1 }, false],
    ] as const;
    for (const [key, value, wanted] of judged) expect([key, value, isRow(key, value)]).toEqual([key, value, wanted]);
    const ofGroups = compileRowTest({ ...query, groupBy: { by: [['n']], aggregates: [] } });
    expect([ofGroups('a', { a: 1, n: 0 }), ofGroups('z', { a: 2, n: 9 })]).toEqual([true, false]);
  });
});
