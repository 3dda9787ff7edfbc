import { describe, expect, it } from 'vitest';

import { EarlierValues } from './earlier-values.js';

describe('earlier values', () => {
  it('CR-4: hold the last note of a key until the record is written here', () => {
    const values = new EarlierValues();
    values.note('a', 1);
    values.note('a', 2);
    expect(values.get('a')).toBe(2);
    values.forget('a');
    expect(values.get('a')).toBeUndefined();
  });

  it('CR-4: keep the thousand noted last, and few more', () => {
    const values = new EarlierValues();
    for (let i = 0; i < 5_000; i++) values.note(`key-${i}`, i);
    const kept = Array.from({ length: 5_000 }, (_, i) => i).filter((i) => values.get(`key-${i}`) === i);
    expect(kept).toContain(4_000);
    expect(kept.length).toBeLessThanOrEqual(2_000);
    values.forget('key-4500');
    expect(values.get('key-4500')).toBeUndefined();
  });
});
