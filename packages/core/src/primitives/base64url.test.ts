import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url } from './base64url.js';

describe('base64url', () => {
  test('writes what another implementation writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
    );
  });

  test('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeBase64url(encodeBase64url(bytes));
        expect(decoded.ok && [...decoded.value]).toEqual([...bytes]);
      }),
    );
  });

  test('takes a text only if it is the one that would be written', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 8, unit: fc.constantFrom('A', 'Q', 'g', 'w', '-', '_', '+', '/', '=', '9', 'z', 'é') }),
        (text) => {
          const decoded = decodeBase64url(text);
          const bytes = Buffer.from(text, 'base64url');
          expect(decoded.ok).toBe(bytes.toString('base64url') === text);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each(['A', 'AB', 'AAB', 'AA==', 'A+A', 'A/A', 'A A', 'AAAAA', 'é'])('refuses %j', (text) => {
    expect(decodeBase64url(text).ok).toBe(false);
  });
});
