import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { checkValue } from './check-value.js';
import { decodeValue, encodeValue } from './encode-value.js';
import { sameValue } from './same-value.js';
import { SMALL_VALUES } from './small-values.arbitrary.js';
import { reordered } from './value.arbitrary.js';
import type { Value } from './value.js';

// Every pair, and every triple, of a small world of values that differ.

const copyOf = (value: Value): Value => {
  const copy = checkValue(value);
  if (!copy.ok) throw new Error(copy.error.message);
  return copy.value;
};

const viaJson = (value: Value): Value => {
  const read = decodeValue(JSON.parse(JSON.stringify(encodeValue(value))));
  if (!read.ok) throw new Error(`${read.error.path}: ${read.error.message}`);
  return read.value;
};

/** Equality from what a value is, by another way than the code it judges: as texts that say the type of everything. */
function described(value: Value): string {
  if (value instanceof Uint8Array) return `bytes(${[...value].join()})`;
  if (Array.isArray(value)) return `list(${(value as readonly Value[]).map(described).join(';')})`;
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
  const parts = Object.entries(value).map(([name, item]) => `${encodeURIComponent(name)}=${described(item)}`);
  return `object(${parts.sort().join(';')})`;
}

describe('a small world of values', () => {
  test('holds no value twice', () => {
    expect(new Set(SMALL_VALUES.map(described)).size).toBe(SMALL_VALUES.length);
  });

  test('VAL-3: two are the same exactly when their canonical text is, and when their descriptions are', () => {
    const wrong: unknown[] = [];
    for (const a of SMALL_VALUES) {
      for (const b of SMALL_VALUES.map(copyOf)) {
        const isSame = described(a) === described(b);
        if (sameValue(a, b) !== isSame || (canonicalJson(a) === canonicalJson(b)) !== isSame) wrong.push([a, b]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('sameness is an equivalence: of itself, both ways, and through a third', () => {
    for (const [i, a] of SMALL_VALUES.entries()) {
      expect(sameValue(a, a)).toBe(true);
      for (const [j, b] of SMALL_VALUES.entries()) {
        expect(sameValue(a, b)).toBe(sameValue(b, a));
        expect(sameValue(a, b)).toBe(i === j);
      }
    }
    const three = (value: Value): readonly Value[] => [value, copyOf(value), reordered(value)];
    for (const [a, b, c] of SMALL_VALUES.map(three) as [Value, Value, Value][]) {
      expect(sameValue(a, b) && sameValue(b, c) && sameValue(a, c)).toBe(true);
    }
  });

  test.each(SMALL_VALUES.map((value) => [canonicalJson(value), value] as const))(
    'VAL-1, VAL-2: %s is taken as it is, and comes back from JSON',
    (text, value) => {
      expect(described(copyOf(value))).toBe(described(value));
      expect(described(viaJson(value))).toBe(described(value));
      expect(canonicalJson(viaJson(value))).toBe(text);
    },
  );

  test('VAL-2: no two are written alike, though only names beginning with $ are escaped', () => {
    expect(new Set(SMALL_VALUES.map((value) => JSON.stringify(encodeValue(value)))).size).toBe(SMALL_VALUES.length);
  });
});
