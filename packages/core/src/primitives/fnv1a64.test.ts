import { describe, expect, test } from 'vitest';
import { fnv1a64 } from './fnv1a64.js';

describe('FNV-1a', () => {
  /** From the authors' own test vectors. */
  test.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['b', 'af63df4c8601f1a5'],
    ['foobar', '85944171f73967e8'],
    ['chongo was here!\n', '46810940eff5f915'],
  ])('of %j is %s', (text, digest) => expect(fnv1a64(text)).toBe(digest));

  test('is always 16 digits, and knows the order', () => {
    expect(fnv1a64('text 100')).toBe('02bb07ac1921d299');
    for (let i = 0; i < 500; i += 1) expect(fnv1a64(`text ${i}`)).toMatch(/^[0-9a-f]{16}$/);
    expect(fnv1a64('ab')).not.toBe(fnv1a64('ba'));
  });
});
