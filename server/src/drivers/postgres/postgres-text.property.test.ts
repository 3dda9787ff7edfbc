import fc from 'fast-check';
import { expect, it } from 'vitest';

import { fromPostgresText, toPostgresText } from './postgres-text.js';

const text = fc
  .array(
    fc.oneof(fc.constantFrom('\0', '\u0001', '\u0002', 'a', '\u{ffff}', '\u{1f600}'), fc.string({ unit: 'binary' })),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));
const compareBytes = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));

it('any text comes back, has no NUL on the way, and keeps its place among others', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(toPostgresText(a)).not.toContain('\0');
      expect(fromPostgresText(toPostgresText(a))).toBe(a);
      expect(compareBytes(toPostgresText(a), toPostgresText(b))).toBe(compareBytes(a, b));
    }),
    { numRuns: 500 },
  );
});

it('a text without control characters is itself', () => {
  expect(toPostgresText("todo:1 é 'x' \\ %")).toBe("todo:1 é 'x' \\ %");
});
