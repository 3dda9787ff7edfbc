import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { checkValue } from './check-value.js';
import { decodeValue, encodeValue } from './encode-value.js';
import { sameValue } from './same-value.js';
import type { Value } from './value.js';
import { objectOf, values } from './value.arbitrary.js';

const overTheWire = (value: Value): unknown => JSON.parse(JSON.stringify(encodeValue(value)));

const decoded = (json: unknown): Value => {
  const result = decodeValue(json);
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.message}`);
  return result.value;
};

describe('VAL-2: values on the wire', () => {
  test('come back as they were, through JSON text', () => {
    fc.assert(
      fc.property(values, (value) => {
        const back = decoded(overTheWire(value));
        expect(back).toEqual(value);
        expect(sameValue(back, value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('come back as they were, through a structured clone', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decoded(structuredClone(encodeValue(value)))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('are not copied when nothing needs encoding', () => {
    const value = { a: [1, { b: 'c' }], d: null };
    expect(encodeValue(value)).toBe(value);
    expect(decoded(value)).toBe(value);
  });

  test('leave what they were made of untouched', () => {
    const value = { keep: { $a: 1 }, bytes: new Uint8Array([1]) };
    const json = encodeValue(value);
    expect(json).toEqual({ keep: { $$a: 1 }, bytes: { $bytes: 'AQ' } });
    expect(value).toEqual({ keep: { $a: 1 }, bytes: new Uint8Array([1]) });
    decoded(json);
    expect(json).toEqual({ keep: { $$a: 1 }, bytes: { $bytes: 'AQ' } });
  });

  test.each<[Value, unknown]>([
    [new Uint8Array([255, 0]), { $bytes: '_wA' }],
    [{ $bytes: '_wA' }, { $$bytes: '_wA' }],
    [{ $$bytes: '_wA' }, { $$$bytes: '_wA' }],
    [{ $: 1 }, { $$: 1 }],
    [
      { $bytes: '_wA', other: 1 },
      { $bytes: '_wA', other: 1 },
    ],
    [{ a$: 1 }, { a$: 1 }],
    [[new Uint8Array([1])], [{ $bytes: 'AQ' }]],
  ])('%j is written %j', (value, json) => {
    expect(encodeValue(value)).toEqual(json);
    expect(decoded(json)).toEqual(value);
  });

  test('-0 is 0', () => {
    expect(Object.is(encodeValue(-0), 0)).toBe(true);
    expect(Object.is(decoded(-0), 0)).toBe(true);
    expect(Object.is((decoded([-0]) as readonly Value[])[0], 0)).toBe(true);
    expect(Object.is((decoded({ a: -0 }) as { a: number }).a, 0)).toBe(true);
  });

  test('__proto__ is plain data at every depth', () => {
    const value = objectOf([['__proto__', objectOf([['__proto__', new Uint8Array([1])]])]]);
    const back = decoded(overTheWire(value)) as object;
    expect(Object.keys(back)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(back).toEqual(value);
  });

  test.each<[unknown, string]>([
    [{ a: [{ $bytes: 'A' }] }, '$.a[0]'],
    [{ a: { $bytes: 3 } }, '$.a'],
    [{ $other: 1 }, '$'],
    [{ 'odd name': { $$x: undefined } }, '$["odd name"]["$$x"]'],
    [{ $$x: [{ $y: 1 }] }, '$["$$x"][0]'],
    [[{ $$x: 1 }, undefined], '$[1]'],
    [{ a: { $$x: { $$y: 1 } }, b: 1n }, '$.b'],
    [[1, undefined], '$[1]'],
    [{ a: [1n], b: { $c: 1 } }, '$.a[0]'],
    [Number.NaN, '$'],
    [new Date(0), '$'],
    [new Uint8Array(2), '$'],
    [10n, '$'],
  ])('%o is refused, naming %s', (json, path) => {
    expect(decodeValue(json)).toMatchObject({ ok: false, error: { code: 'not-a-value', path } });
  });

  const within = (depth: number, leaf: unknown): unknown => {
    let value = leaf;
    for (let i = 0; i < depth; i += 1) value = i % 3 === 0 ? [value] : i % 3 === 1 ? { a: value } : { $$a: value };
    return value;
  };

  test.each<[unknown, boolean]>([
    [1, true],
    ['x', true],
    [{ $bytes: 'AQ' }, true],
    [{ $bytes: 'AQ', x: 1 }, false],
    [{ x: 'AQ' }, false],
    [{ $$x: 1 }, false],
    [{}, false],
    [[], false],
  ])('VAL-1: what 64 containers are around may be %j: %s', (leaf, isRead) => {
    expect(decodeValue(within(63, leaf)).ok).toBe(true);
    const read = decodeValue(within(64, leaf));
    expect(read.ok || read.error.code).toBe(isRead || 'too-deep');
    expect(decodeValue(within(65, leaf)).ok).toBe(false);
  });

  test('nest 64 deep and no deeper, in and out alike', () => {
    const nested = (depth: number): Value => {
      let value: Value = 1;
      for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
      return value;
    };
    for (const read of [checkValue, decodeValue]) {
      expect(read(nested(64)).ok).toBe(true);
      const deeper = read(nested(65));
      expect(!deeper.ok && deeper.error.code).toBe('too-deep');
    }
    let bomb: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) bomb = [bomb];
    expect(decodeValue(bomb).ok).toBe(false);
    expect(checkValue(bomb).ok).toBe(false);
  });
});

describe('VAL-3: canonical JSON', () => {
  test('is the same for equal values, and differs for others', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(sameValue(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  test('reads back as the value', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decoded(JSON.parse(canonicalJson(value)))).toEqual(value);
      }),
    );
  });

  test('sorts keys by code unit, writes -0 as 0', () => {
    expect(canonicalJson({ b: [-0], '10': 1, '9': 2, a: { d: 1, c: new Uint8Array([1]) }, é: 1, Z: 1 })).toBe(
      '{"10":1,"9":2,"Z":1,"a":{"c":{"$bytes":"AQ"},"d":1},"b":[0],"é":1}',
    );
  });
});
