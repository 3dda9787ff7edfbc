import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../primitives/index.js';
import { auth, claimAt, claimPath, grantsText, type ClaimRef, type Claims } from './claims.js';

const names = fc.constantFrom('sub', 'org', 'id', '', '__proto__', 'constructor', 'toString', 'length', '0');
const scalars: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, false, '', 'ann', 0, 1.5),
  fc.string({ maxLength: 3 }),
);

/** Own properties, whatever their names are. */
function objectOf(entries: readonly (readonly [string, JsonValue])[]): Claims {
  const made = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    scalars,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie('json')), { maxLength: 3 }).map(objectOf),
  ),
}));
const tokens = fc.array(fc.tuple(names, json), { maxLength: 4 }).map(objectOf);

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** As a person reads a token: step by step through what is written in it. */
function written(claims: Claims, path: readonly string[]): unknown {
  let at: unknown = claims;
  for (const name of path) {
    if (Array.isArray(at) || Object.prototype.toString.call(at) !== '[object Object]') return undefined;
    const found = Object.entries(at as object).find(([own]) => own === name);
    if (found === undefined) return undefined;
    [, at] = found as [string, unknown];
  }
  if (Array.isArray(at)) return at.every(isScalar) ? at : undefined;
  return isScalar(at) ? at : undefined;
}

describe('RU-1: a place of the token', () => {
  test('says what is written there, if that is a text, a number, a boolean or a list of them, and nothing inherited', () => {
    let found = 0;
    fc.assert(
      fc.property(tokens, fc.array(names, { maxLength: 3 }), (claims, path) => {
        const said = claimAt(claims, path);
        expect(said).toEqual(written(claims, path));
        if (said !== undefined) found += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(20);
  });

  test('is named by the steps that lead to it, and is the same place however often it is named', () => {
    fc.assert(
      fc.property(fc.array(names, { maxLength: 4 }), (path) => {
        const named = (): ClaimRef =>
          path.reduce((at, name) => (at as { readonly [claim: string]: ClaimRef })[name]!, auth);
        expect(claimPath(named())).toEqual(path);
        expect(named()).toBe(named());
      }),
    );
  });

  test.each<[string, unknown]>([
    ['a text', 'sub'],
    ['nothing', undefined],
    ['null', null],
    ['a list of steps', ['sub']],
    ['what has the names of one', { sub: 1 }],
    ['what inherits from one', Object.create(auth)],
  ])('is not %s', (_what, other) => {
    expect(claimPath(other)).toBeUndefined();
  });

  test('has no members but places: nothing that a language looks for in passing is one', () => {
    for (const symbol of [Symbol.toPrimitive, Symbol.iterator, Symbol.toStringTag])
      expect((auth as never)[symbol]).toBeUndefined();
    expect(Object.keys(auth)).toEqual([]);
  });
});

describe('RU-6: what claims grant, as a text', () => {
  const ofTheToken = { exp: 1, iat: 2, nbf: 3, jti: 'j' };

  test('does not depend on their order, nor on what is of the token alone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(names, json), { selector: ([name]) => name, maxLength: 5 }), (entries) => {
        const text = grantsText(objectOf(entries));
        expect(grantsText(objectOf(entries.toReversed()))).toBe(text);
        expect(grantsText(objectOf([...Object.entries(ofTheToken), ...entries]))).toBe(text);
      }),
    );
  });

  test('is another one where anything else is otherwise', () => {
    const all: readonly Claims[] = [
      {},
      { sub: 'ann' },
      { sub: 'bob' },
      { sub: ['ann'] },
      { sub: null },
      { roles: ['a', 'b'] },
      { roles: ['b', 'a'] },
      { roles: 'a,b' },
      { org: { exp: 1 } },
      { org: {} },
      { EXP: 1 },
      { sub: 'ann', role: 'hr' },
      objectOf([['__proto__', { sub: 'ann' }]]),
    ];
    expect(new Set(all.map(grantsText)).size).toBe(all.length);
  });
});
