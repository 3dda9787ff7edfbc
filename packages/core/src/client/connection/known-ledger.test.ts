import { describe, expect, it } from 'vitest';

import { KnownLedger } from './known-ledger.js';

describe('SY-2: the ledger that a device knows', () => {
  it('is the same at the first welcome, whatever its name', () => {
    const known = new KnownLedger();
    known.welcomed({ lineage: 'a', position: 7 });
    expect([known.lineage, known.isSame, known.welcomedAt]).toEqual(['a', true, 7]);
  });

  it.each([
    ['of the same name, as long', { lineage: 'a', position: 7 }, true],
    ['of the same name, longer', { lineage: 'a', position: 8 }, true],
    ['of the same name, shorter', { lineage: 'a', position: 6 }, false],
    ['of another name, however long', { lineage: 'b', position: 99 }, false],
    ['that leaves its name out, which is then the same', { lineage: undefined, position: 7 }, true],
    ['that leaves its name out, and is shorter', { lineage: undefined, position: 6 }, false],
  ] as const)('the next is one %s', (_what, { lineage, position }, isSame) => {
    const welcome = { position, ...(lineage === undefined ? {} : { lineage }) };
    const known = new KnownLedger();
    known.welcomed({ lineage: 'a', position: 7 });
    known.welcomed(welcome);
    expect([known.isSame, known.lineage]).toEqual([isSame, lineage ?? 'a']);
    // The one after it is judged by this one alone.
    known.welcomed(welcome);
    expect(known.isSame).toBe(true);
  });

  it('is as long as was heard of it, in whatever order', () => {
    const known = new KnownLedger();
    known.welcomed({ lineage: 'a', position: 7 });
    for (const position of [12, 9]) known.heard(position);
    known.welcomed({ lineage: 'a', position: 11 });
    expect(known.isSame).toBe(false);
    expect(known.welcomedAt).toBe(11);
  });

  it('is what storage remembers, until something is heard', () => {
    const known = new KnownLedger();
    known.remember({ lineage: 'a', position: 7 });
    expect(known.lineage).toBe('a');
    known.welcomed({ lineage: 'a', position: 6 });
    expect(known.isSame).toBe(false);
    known.remember({ lineage: 'b', position: 99 });
    known.welcomed({ lineage: 'a', position: 6 });
    expect([known.isSame, known.lineage]).toEqual([true, 'a']);
  });

  it('is another once it lacks what it had, until the next welcome', () => {
    const known = new KnownLedger();
    known.welcomed({ lineage: 'a', position: 7 });
    known.hasLost();
    expect(known.isSame).toBe(false);
    known.welcomed({ lineage: 'a', position: 7 });
    expect(known.isSame).toBe(true);
  });
});
