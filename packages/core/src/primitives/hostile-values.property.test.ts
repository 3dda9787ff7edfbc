import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { checkValue, pathText } from './check-value.js';
import { decodeValue, encodeValue } from './encode-value.js';
import { checkKey, isMapName } from './names.js';
import { sameValue } from './same-value.js';
import { utf8Length } from './utf8.js';
import { isPlainObject, MAX_VALUE_DEPTH, setOwn, type Value } from './value.js';

/** What apps hand over by mistake: anything that a program can hold, in any place of anything else. */
const junk: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1n, Symbol('x'), () => 1],
  ...[new Date(0), new Map(), new Set([1]), /x/, new Error('x'), Object(1), Object('x'), new Float64Array(1)],
  ...[
    new ArrayBuffer(1),
    Promise.resolve(1),
    new (class Point {})(),
    Object.create({ inherited: 1 }),
    { [Symbol('s')]: 1 },
  ],
);
const right: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[null, true, false, 0, -0, 1.5, -1, 2 ** 53, 1e308, 5e-324, '', 'x', '\ud800', '__proto__', '\u0000'],
  ...[new Uint8Array([1, 2]), Object.create(null)],
);
const names = fc.constantFrom('a', 'b', '', '$', '$bytes', '__proto__', 'constructor', 'toJSON', 'length', '0');

function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const made: Record<string, unknown> = {};
  for (const [name, value] of entries) setOwn(made, name, value);
  return made;
}

const anything = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: right },
    { weight: 1, arbitrary: junk },
    { weight: 2, arbitrary: fc.array(tie('any'), { maxLength: 3 }) },
    {
      weight: 2,
      arbitrary: fc
        .uniqueArray(fc.tuple(names, tie('any')), { selector: ([name]) => name, maxLength: 3 })
        .map(objectOf),
    },
  ),
})).any;

/** VAL-1 as it is written; a property that is undefined is not there. */
function isValue(value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(isValue);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  return Object.values(value).every((item) => item === undefined || isValue(item));
}

describe('VAL-1: whatever an app hands over', () => {
  test('is taken as a copy that nothing has in common with it, or refused by its place', () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(anything, (given) => {
        const checked = checkValue(given);
        expect(checked.ok).toBe(isValue(given));
        if (!checked.ok) {
          refused += 1;
          expect(checked.error.path.startsWith('$')).toBe(true);
          return;
        }
        taken += 1;
        expect(checkValue(checked.value)).toEqual(checked);
        expect(sharesWith(given, checked.value)).toBe(false);
        const text = canonicalJson(checked.value);
        const read = decodeValue(JSON.parse(JSON.stringify(encodeValue(checked.value))));
        expect(read.ok && canonicalJson(read.value)).toBe(text);
        expect(read.ok && sameValue(read.value, checked.value)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });

  test('two are the same exactly when their texts are', () => {
    const pairs = fc.tuple(anything, anything).map((pair) => pair.map(checkValue));
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        if (!a!.ok || !b!.ok) return;
        expect(sameValue(a!.value, b!.value)).toBe(canonicalJson(a!.value) === canonicalJson(b!.value));
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 1, MAX_VALUE_DEPTH - 1, MAX_VALUE_DEPTH, MAX_VALUE_DEPTH + 1, 10_000])(
    'nests %i deep, or too deep',
    (depth) => {
      let nested: unknown = 'x';
      let json = '"x"';
      for (let i = 0; i < depth; i += 1) {
        nested = i % 2 === 0 ? [nested] : { a: nested };
        json = i % 2 === 0 ? `[${json}]` : `{"a":${json}}`;
      }
      const isRight = depth <= MAX_VALUE_DEPTH;
      for (const read of [checkValue(nested), decodeValue(JSON.parse(json))]) {
        expect(read.ok).toBe(isRight);
        if (!read.ok) expect([read.error.code, read.error.path.length <= 257]).toEqual(['too-deep', true]);
      }
    },
  );

  test('that contains itself is refused, and what only stands in it twice is not', () => {
    const shared = { x: [1] };
    expect(checkValue([shared, shared, { shared }])).toEqual({ ok: true, value: [shared, shared, { shared }] });
    const cycle: unknown[] = [];
    cycle.push({ a: [cycle] });
    expect(checkValue(cycle)).toMatchObject({ ok: false, error: { code: 'cycle', path: '$[0].a[0]' } });
  });

  test('a list with holes has nothing in them, which is no value', () => {
    expect(checkValue(Array.from({ length: 2 }).fill(1, 1))).toMatchObject({ ok: false, error: { path: '$[0]' } });
  });

  test('whose parts are made when they are asked for is asked once for each', () => {
    let asked = 0;
    const given = {
      get a() {
        asked += 1;
        return [asked];
      },
    };
    expect(checkValue(given)).toEqual({ ok: true, value: { a: [1] } });
    expect(asked).toBe(1);
  });
});

describe('VAL-4: names', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '_', '-', '.', ':', '/', ' ', 'ä', '€', '😀', '\ud800', '\udc00', '\n'),
  });

  test('of maps are some characters, and so many', () => {
    const isOne = (text: string): boolean =>
      text.length >= 1 && text.length <= 128 && text.split('').every((character) => 'aZ0_-.:/'.includes(character));
    fc.assert(
      fc.property(texts, (text) => {
        expect(isMapName(text)).toBe(isOne(text));
      }),
    );
    for (const [length, isRight] of [
      [0, false],
      [1, true],
      [128, true],
      [129, false],
    ] as const)
      expect(isMapName('a'.repeat(length))).toBe(isRight);
    for (const other of [null, undefined, 1, ['a'], Object('a'), { toString: () => 'a' }])
      expect(isMapName(other)).toBe(false);
  });

  test('of records are well-formed texts of at most so many bytes', () => {
    fc.assert(
      fc.property(texts, fc.nat(12), (text, maxBytes) => {
        const bytes = Buffer.byteLength(text);
        const isWell = Buffer.from(text).toString() === text;
        const isRight = text !== '' && bytes <= maxBytes && isWell;
        expect(checkKey(text, maxBytes).ok).toBe(isRight);
        if (isWell) expect(utf8Length(text)).toBe(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

test('paths are written for people: by name where that is one, else quoted, and cut where they are long', () => {
  const steps = fc.array(fc.oneof(names, fc.nat(9)), { maxLength: 5 });
  fc.assert(
    fc.property(steps, (path) => {
      const expected = path.map((step) => (/^[a-z_]/i.test(String(step)) ? `.${step}` : `[${JSON.stringify(step)}]`));
      expect(pathText(path)).toBe(`$${expected.join('')}`);
    }),
  );
  expect(pathText(['x'.repeat(1_000)]).length).toBe(257);
});

/** Whether some container is in both. */
function sharesWith(given: unknown, value: Value): boolean {
  const own = new Set(containersIn(given));
  return containersIn(value).some((container) => own.has(container));
}

function containersIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value) && !isPlainObject(value)) return [value];
  return [value, ...Object.values(value).flatMap(containersIn)];
}
