import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import type { Literal, Predicate } from '../query.js';
import { canonicalForm } from './canonical-query.js';

/** From the words of QU-9, one character after the other. Of these letters the lower ones are what Unicode folds them to. */
function fits(pattern: readonly string[], text: readonly string[], isFolded: boolean): boolean {
  const [sign, ...rest] = pattern;
  if (sign === undefined) return text.length === 0;
  if (sign === '%') {
    return fits(rest, text, isFolded) || (text.length > 0 && fits(pattern, text.slice(1), isFolded));
  }
  const [letter, ...others] = text;
  if (letter === undefined) return false;
  if (sign === '_') return fits(rest, others, isFolded);
  const [meant, after] = sign === '\\' ? [rest[0] as string, rest.slice(1)] : [sign, rest];
  const isSame = isFolded ? meant.toLowerCase() === letter.toLowerCase() : meant === letter;
  return isSame && fits(after, others, isFolded);
}

/** From the words of QU-11, for scalars. */
function contains(container: Value | undefined, value: Literal): boolean {
  if (Array.isArray(container)) return container.some((item) => item === value);
  if (typeof container !== 'string' || typeof value !== 'string') return false;
  return container.toLowerCase().includes(value.toLowerCase());
}

function containsAsAsked({ type, values }: ContainsMany, container: Value | undefined): boolean {
  if (typeof container !== 'string' && !Array.isArray(container)) return false;
  const has = (value: Literal): boolean => contains(container, value);
  return type === 'containsAny' ? values.some(has) : values.every(has);
}

type Like = Extract<Predicate, { type: 'like' }>;
type ContainsMany = Extract<Predicate, { readonly type: 'containsAny' | 'containsAll' }>;

const canonical = (where: Predicate): Predicate => canonicalForm({ where, sort: [], limit: null }).where;
const holds = (where: Predicate, a: Value | undefined): boolean =>
  compilePredicate(where)('k', a === undefined ? {} : { a });

const letter = fc.constantFrom('a', 'A', 'b', 'é', 'É', '%', '_', '\\', '\u{1f600}');
const text = fc.array(letter, { maxLength: 5 }).map((letters) => letters.join(''));
/** Whatever follows a backslash is taken as it is, and something does. */
const pattern = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'A', 'b', 'É', '%', '%', '_', '\u{1f600}'),
      letter.map((one) => `\\${one}`),
    ),
    {
      maxLength: 5,
    },
  )
  .map((signs) => signs.join(''));
const like: fc.Arbitrary<Like> = fc.record({
  type: fc.constant('like' as const),
  path: fc.constant(['a']),
  pattern,
  caseInsensitive: fc.boolean(),
});
const scalar = fc.oneof(text, fc.constantFrom<Literal>(0, 1, true, null));
const containsMany: fc.Arbitrary<ContainsMany> = fc.record({
  type: fc.constantFrom('containsAny' as const, 'containsAll' as const),
  path: fc.constant(['a']),
  values: fc.array(scalar, { maxLength: 3 }),
});
const container: fc.Arbitrary<Value | undefined> = fc.oneof(
  text,
  fc.array(scalar as fc.Arbitrary<Value>, { maxLength: 4 }),
  fc.constantFrom<Value | undefined>(undefined, null, 3, true, {}),
);
const numRuns = 3_000;

describe('QU-2: the canonical form', () => {
  test('of a pattern fits what the pattern fits, as the words of QU-9 say', () => {
    let fitting = 0;
    fc.assert(
      fc.property(like, text, (where, value) => {
        const expected = fits(Array.from(where.pattern), Array.from(value), where.caseInsensitive);
        fitting += Number(expected);
        expect([holds(where, value), holds(canonical(where), value)]).toEqual([expected, expected]);
        for (const other of [undefined, null, 1, [value], {}]) expect(holds(canonical(where), other)).toBe(false);
      }),
      { numRuns },
    );
    expect(fitting).toBeGreaterThan(numRuns / 50);
  });

  test('of a pattern is the same for all that say the same in the simplest ways', () => {
    fc.assert(
      fc.property(like, fc.nat(5), (where, at) => {
        const signs = where.pattern.match(/\\.|./gsu) ?? [];
        const percent = signs.findIndex((sign) => sign === '%');
        const doubled = percent < 0 ? signs : [...signs.slice(0, percent), '%', ...signs.slice(percent)];
        const escaped = signs.map((sign, i) => (i === at && !/^[%_\\]/u.test(sign) ? `\\${sign}` : sign));
        for (const other of [doubled, escaped]) {
          expect(canonical({ ...where, pattern: other.join('') })).toEqual(canonical(where));
        }
        const upper = { ...where, pattern: where.pattern.replaceAll('a', 'A') };
        if (where.caseInsensitive) expect(canonical(upper)).toEqual(canonical(where));
      }),
      { numRuns },
    );
  });

  test('of a pattern that ends in a backslash, which no query may have, is that pattern', () => {
    const where: Like = { type: 'like', path: ['a'], pattern: 'a\\', caseInsensitive: false };
    expect(canonical(where)).toEqual(where);
  });

  test.each<[pattern: string, canonical: Predicate]>([
    ['ab%', { type: 'startsWith', path: ['a'], prefix: 'ab' }],
    ['%', { type: 'startsWith', path: ['a'], prefix: '' }],
    ['ab', { type: 'eq', path: ['a'], value: 'ab' }],
    ['', { type: 'eq', path: ['a'], value: '' }],
    ['a_', { type: 'like', path: ['a'], pattern: 'a_', caseInsensitive: false }],
    ['a%b', { type: 'like', path: ['a'], pattern: 'a%b', caseInsensitive: false }],
    ['%a', { type: 'like', path: ['a'], pattern: '%a', caseInsensitive: false }],
    ['_%', { type: 'like', path: ['a'], pattern: '_%', caseInsensitive: false }],
  ])('of the pattern %j is what is found soonest', (asked, expected) => {
    expect(canonical({ type: 'like', path: ['a'], pattern: asked, caseInsensitive: false })).toEqual(expected);
  });

  test('of what a container is asked for holds where that does, as the words of QU-11 say', () => {
    fc.assert(
      fc.property(containsMany, container, (where, value) => {
        const expected = containsAsAsked(where, value);
        expect([holds(where, value), holds(canonical(where), value)]).toEqual([expected, expected]);
      }),
      { numRuns },
    );
  });

  test('of several values that are asked of a container names each once, in one order', () => {
    fc.assert(
      fc.property(containsMany, (where) => {
        const shuffled = { ...where, values: [...where.values, ...where.values.toReversed()] };
        expect(canonical(shuffled)).toEqual(canonical(where));
      }),
      { numRuns: 500 },
    );
  });

  test('of a row that is related alone asks for one, whatever else was said', () => {
    const one = (limit: number | null): unknown =>
      canonicalForm({
        where: { type: 'and', of: [] },
        sort: [],
        limit: null,
        include: [
          {
            name: 'x',
            map: 'm',
            on: [['a'], ['b']],
            one: true,
            query: { where: { type: 'and', of: [] }, sort: [], limit },
          },
        ],
      }).include?.map(({ query }) => query.limit);
    expect([one(null), one(1), one(7)]).toEqual([[1], [1], [1]]);
  });
});
