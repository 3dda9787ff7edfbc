import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import { canonicalJson, canonicalText } from './canonical-json.js';
import { checkValue } from './check-value.js';
import { decodeValue, encodeValue, type JsonValue } from './encode-value.js';
import { SMALL_VALUES } from './small-values.arbitrary.js';

// From the other side: whatever JSON is taken is what the value that it became is written as.

/** JSON in which names begin with `$` at every turn, and texts look like bytes. */
const jsonValues: fc.Arbitrary<JsonValue> = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, 0, 1.5, '', 'AQ', 'AR', 'AQI', 'A', '$bytes', '__proto__'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .uniqueArray(
        fc.tuple(fc.constantFrom('$bytes', '$$bytes', '$', '$$', '$$$x', 'a', '', '__proto__'), tie('json')),
        { maxLength: 2, selector: ([name]) => name },
      )
      .map((entries): JsonValue =>
        JSON.parse(`{${entries.map((entry) => entry.map((part) => JSON.stringify(part)).join(':')).join()}}`),
      ),
  ),
})).json;

describe('JSON that is read', () => {
  test('VAL-2: is exactly what the value it became is written as: nothing else is taken', () => {
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(jsonValues, (json) => {
        const before = JSON.stringify(json);
        const decoded = decodeValue(json);
        if (decoded.ok) {
          read += 1;
          expect(JSON.stringify(encodeValue(decoded.value))).toBe(before);
          expect(canonicalJson(decoded.value)).toBe(canonicalText(json));
          expect(checkValue(decoded.value)).toEqual({ ok: true, value: decoded.value });
        } else {
          refused += 1;
          expect(decoded.error.code).toBe('not-a-value');
        }
        expect(JSON.stringify(json)).toBe(before);
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(read, refused)).toBeGreaterThan(30);
  });

  test('VAL-3: of every two small values the canonical texts are read back as the two, and differ as they do', () => {
    const texts = SMALL_VALUES.map(canonicalJson);
    expect(new Set(texts).size).toBe(SMALL_VALUES.length);
    for (const [i, text] of texts.entries()) {
      expect(decodeValue(JSON.parse(text))).toEqual({ ok: true, value: SMALL_VALUES[i] });
      expect(canonicalText(JSON.parse(text) as JsonValue)).toBe(text);
    }
  });
});

describe('base64url that is read', () => {
  const CHARACTERS = ['A', 'B', 'Q', 'g', 'w', '-', '_', '8', '=', '+', ' '];

  function* texts(length: number): Generator<string> {
    if (length === 0) return yield '';
    for (const rest of texts(length - 1)) for (const character of CHARACTERS) yield rest + character;
  }

  test.each([0, 1, 2, 3, 4, 5])(
    'VAL-2: every text of %i characters is that of the bytes it became, or none',
    (length) => {
      const wrong: string[] = [];
      for (const text of texts(length)) {
        const bytes = decodeBase64url(text);
        // The platform reads more than one text for some bytes, and writes one.
        const isOnly = Buffer.from(text, 'base64url').toString('base64url') === text;
        if (bytes.ok !== isOnly || (bytes.ok && encodeBase64url(bytes.value) !== text)) wrong.push(text);
      }
      expect(wrong).toEqual([]);
    },
  );
});
