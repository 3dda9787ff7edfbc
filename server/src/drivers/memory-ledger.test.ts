import { describe, expect, it } from 'vitest';

import { ledgerContract } from '../ports/ledger.contract.js';
import type { LedgerSegment } from '../ports/ledger.js';
import { damagedLedgerContract } from './damaged-ledger.contract.js';
import { copyMemoryDisk, createMemoryDisk } from './memory-disk.js';
import { createMemoryLedger, type MemoryLedger } from './memory-ledger.js';

ledgerContract(
  'memory',
  async () => {
    const disk = createMemoryDisk();
    return { open: async () => createMemoryLedger(disk), destroy: async () => undefined };
  },
  100,
);

damagedLedgerContract('memory', async () => {
  const disk = createMemoryDisk();
  return {
    open: async () => createMemoryLedger(disk),
    async rewrite(position, bytes) {
      disk.segments[position - 1] = { ...disk.segments[position - 1]!, bytes };
    },
    destroy: async () => undefined,
  };
});

const segment = (byte: number): Uint8Array => Uint8Array.of(byte);

async function bytesIn(ledger: MemoryLedger): Promise<number[]> {
  const segments: LedgerSegment[] = [];
  for await (const chunk of ledger.read(0)) segments.push(...chunk);
  return segments.flatMap(({ bytes }) => [...bytes]);
}

describe('faults of the memory ledger', () => {
  it('PI-2: a failed append leaves nothing, an unknown one something or nothing', async () => {
    const ledger = createMemoryLedger(createMemoryDisk());
    await ledger.claim();
    ledger.failNext('fail', 'unknown-lost', 'unknown-written');
    expect((await ledger.append(segment(1))).type).toBe('failed');
    expect((await ledger.append(segment(2))).type).toBe('unknown');
    expect((await ledger.append(segment(3))).type).toBe('unknown');
    expect(await ledger.append(segment(4))).toEqual({ type: 'committed', position: 2 });
    expect(await bytesIn(ledger)).toEqual([3, 4]);
  });

  it('PI-2: an append that is late comes before the next one, unless the claim was renewed', async () => {
    const ledger = createMemoryLedger(createMemoryDisk());
    await ledger.claim();
    ledger.failNext('unknown-late');
    expect((await ledger.append(segment(1))).type).toBe('unknown');
    expect(await bytesIn(ledger)).toEqual([]);
    expect(await ledger.append(segment(2))).toEqual({ type: 'committed', position: 2 });
    ledger.failNext('unknown-late');
    expect((await ledger.append(segment(3))).type).toBe('unknown');
    expect(await ledger.renew()).toBe(2);
    expect(await ledger.append(segment(4))).toEqual({ type: 'committed', position: 3 });
    expect(await bytesIn(ledger)).toEqual([1, 2, 4]);
  });

  it('PI-3: fenced on request, it stays fenced until it claims again', async () => {
    const ledger = createMemoryLedger(createMemoryDisk());
    await ledger.claim();
    ledger.failNext('fence');
    expect((await ledger.append(segment(1))).type).toBe('fenced');
    expect((await ledger.append(segment(2))).type).toBe('fenced');
    expect(await ledger.claim()).toMatchObject({ epoch: 3, position: 0 });
    expect((await ledger.append(segment(3))).type).toBe('committed');
  });

  it('held appends wait, undecided', async () => {
    const ledger = createMemoryLedger(createMemoryDisk());
    await ledger.claim();
    const release = ledger.hold();
    const append = ledger.append(segment(1));
    await Promise.resolve();
    expect(ledger.inFlight).toBe(1);
    expect(await bytesIn(ledger)).toEqual([]);
    release();
    expect(await append).toEqual({ type: 'committed', position: 1 });
    expect(ledger.inFlight).toBe(0);
    expect((await ledger.append(segment(2))).type).toBe('committed');
  });

  it('a copy of the disk goes its own way', async () => {
    const disk = createMemoryDisk();
    const ledger = createMemoryLedger(disk);
    await ledger.claim();
    await ledger.append(segment(1));
    const backup = copyMemoryDisk(disk);
    await ledger.append(segment(2));
    expect(await bytesIn(createMemoryLedger(backup))).toEqual([1]);
    expect(await bytesIn(ledger)).toEqual([1, 2]);
  });
});
