import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Ledger, LedgerSegment } from './ledger.js';

/** One durable place. Each `open` is another process that uses it. */
export interface LedgerPlace {
  open(): Promise<Ledger>;
  /** Closes what is open and forgets the place. */
  destroy(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function segmentsOf(ledger: Ledger, after = 0): Promise<LedgerSegment[]> {
  const segments: LedgerSegment[] = [];
  for await (const chunk of ledger.read(after)) segments.push(...chunk);
  return segments;
}

/** What every ledger driver keeps. `runs`: of the property, whose every run opens a place of its own. */
export function ledgerContract(driver: string, createPlace: () => Promise<LedgerPlace>, runs: number): void {
  describe(`ledger contract: ${driver}`, () => {
    let place: LedgerPlace;
    beforeEach(async () => {
      place = await createPlace();
    });
    afterEach(() => place.destroy());

    it('PI-3: a claim adds one to the epoch, keeps the lineage and says the last position', async () => {
      const first = await place.open();
      const claim = await first.claim();
      expect(claim).toEqual({ epoch: 1, lineage: expect.stringMatching(/^.+$/), position: 0 });
      await first.append(bytesOf('a'));
      const second = await place.open();
      expect(await second.claim()).toEqual({ epoch: 2, lineage: claim.lineage, position: 1 });
      expect(await second.claim()).toEqual({ epoch: 3, lineage: claim.lineage, position: 1 });
    });

    it('PI-1: a committed segment is read back, byte for byte, by the next process', async () => {
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const first = await place.open();
      await first.claim();
      expect(await first.append(every)).toEqual({ type: 'committed', position: 1 });
      expect(await first.append(new Uint8Array())).toEqual({ type: 'committed', position: 2 });
      expect(await first.append(every.subarray(7, 9))).toEqual({ type: 'committed', position: 3 });
      await first.close();
      const second = await place.open();
      await second.claim();
      await second.append(bytesOf('later'));
      const segments = await segmentsOf(second);
      expect(segments.map(({ position, epoch }) => [position, epoch])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 2],
      ]);
      expect(segments.map(({ bytes }) => [...bytes])).toEqual([[...every], [], [7, 8], [...bytesOf('later')]]);
    });

    it('PI-1: a segment is as it was when it was handed in', async () => {
      const ledger = await place.open();
      await ledger.claim();
      const bytes = bytesOf('before');
      const append = ledger.append(bytes);
      await append;
      bytes.fill(0);
      expect((await segmentsOf(ledger)).map((segment) => textOf(segment.bytes))).toEqual(['before']);
    });

    it('reads from any position on, many and large segments too, in order', async () => {
      const ledger = await place.open();
      await ledger.claim();
      const sizes = [10, 3_000_000, 2_500_000, ...Array.from({ length: 300 }, (_, i) => i)];
      for (const [i, size] of sizes.entries()) await ledger.append(new Uint8Array(size).fill(i % 251));
      for (const after of [0, 1, 2, 150, sizes.length - 1, sizes.length, sizes.length + 5]) {
        const segments = await segmentsOf(ledger, after);
        expect(segments.map(({ position }) => position)).toEqual(
          Array.from({ length: Math.max(0, sizes.length - after) }, (_, i) => after + i + 1),
        );
        for (const { position, bytes } of segments) {
          expect(bytes.length).toBe(sizes[position - 1]);
          expect(bytes.every((byte) => byte === (position - 1) % 251)).toBe(true);
        }
      }
    });

    it('PI-3: a replaced owner writes nothing any more, and its successor goes on without a gap', async () => {
      const old = await place.open();
      await old.claim();
      await old.append(bytesOf('old'));
      const successor = await place.open();
      await successor.claim();
      expect(await old.append(bytesOf('late'))).toEqual({ type: 'fenced' });
      expect(await successor.append(bytesOf('new'))).toEqual({ type: 'committed', position: 2 });
      expect(await old.append(bytesOf('late'))).toEqual({ type: 'fenced' });
      const segments = await segmentsOf(successor);
      expect(segments.map((segment) => textOf(segment.bytes))).toEqual(['old', 'new']);
    });

    it('PI-3: who never claimed appends nothing', async () => {
      const owner = await place.open();
      await owner.claim();
      const stranger = await place.open();
      expect(await stranger.append(bytesOf('x'))).toEqual({ type: 'fenced' });
      expect(await segmentsOf(owner)).toEqual([]);
    });

    it('PI-3: an append in flight during a takeover is in what the successor claims, or nowhere', async () => {
      let [old, successor] = [await place.open(), await place.open()];
      await old.claim();
      let expected = 0;
      for (let round = 0; round < 20; round++) {
        const append = old.append(bytesOf(`round ${round}`));
        if (round % 2 === 1) await Promise.resolve();
        const claim = await successor.claim();
        const outcome = await append;
        if (outcome.type === 'committed') {
          expected += 1;
          expect(outcome.position).toBe(expected);
        } else {
          expect(outcome).toEqual({ type: 'fenced' });
        }
        expect(claim.position).toBe(expected);
        expect(await segmentsOf(successor)).toHaveLength(expected);
        [old, successor] = [successor, old];
      }
    });

    it('PI-3: who renews a claim that is the newest goes on under the next epoch; who was replaced cannot', async () => {
      const old = await place.open();
      expect(await old.renew()).toBe(null);
      await old.claim();
      await old.append(bytesOf('a'));
      expect(await old.renew()).toBe(2);
      expect(await old.append(bytesOf('b'))).toEqual({ type: 'committed', position: 2 });
      const successor = await place.open();
      expect(await successor.claim()).toMatchObject({ epoch: 3, position: 2 });
      expect(await old.renew()).toBe(null);
      expect(await old.append(bytesOf('late'))).toEqual({ type: 'fenced' });
      expect(await successor.append(bytesOf('c'))).toEqual({ type: 'committed', position: 3 });
      expect((await segmentsOf(successor)).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    });

    it('PI-14: a trimmed log begins later, its positions go on, and its last segment stays', async () => {
      const ledger = await place.open();
      await ledger.claim();
      for (const text of ['a', 'b', 'c', 'd']) await ledger.append(bytesOf(text));
      await ledger.trim(2);
      expect((await segmentsOf(ledger)).map(({ position }) => position)).toEqual([3, 4]);
      expect((await segmentsOf(ledger, 3)).map(({ position }) => position)).toEqual([4]);
      await ledger.trim(9);
      expect((await segmentsOf(ledger)).map(({ position }) => position)).toEqual([4]);
      const next = await place.open();
      expect(await next.claim()).toMatchObject({ position: 4 });
      expect(await next.append(bytesOf('e'))).toEqual({ type: 'committed', position: 5 });
      await ledger.trim(4);
      expect((await segmentsOf(next)).map(({ position }) => position)).toEqual([4, 5]);
    });

    it('takes one append at a time', async () => {
      const ledger = await place.open();
      await ledger.claim();
      const first = ledger.append(bytesOf('a'));
      await expect(ledger.append(bytesOf('b'))).rejects.toThrow('one append at a time');
      expect(await first).toEqual({ type: 'committed', position: 1 });
      expect(await ledger.append(bytesOf('c'))).toEqual({ type: 'committed', position: 2 });
    });

    it('closed, it appends nothing and says so', async () => {
      const ledger = await place.open();
      await ledger.claim();
      await ledger.close();
      await ledger.close();
      expect((await ledger.append(bytesOf('a'))).type).toBe('failed');
      await expect(segmentsOf(ledger)).rejects.toThrow('closed');
      await expect(ledger.claim()).rejects.toThrow('closed');
      await expect(ledger.renew()).rejects.toThrow('closed');
      const next = await place.open();
      expect((await next.claim()).position).toBe(0);
    });

    it('PI-3: whatever processes do in whatever order, the log is what the newest owners wrote', async () => {
      const step = fc.record({ process: fc.nat(2), act: fc.constantFrom('claim', 'append', 'append', 'restart') });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const own = await createPlace();
          try {
            const ledgers = [await own.open(), await own.open(), await own.open()];
            const epochs = [-1, -1, -1];
            const log: string[] = [];
            let epoch = 0;
            for (const [i, { process, act }] of steps.entries()) {
              const ledger = ledgers[process] as Ledger;
              if (act === 'restart') {
                await ledger.close();
                ledgers[process] = await own.open();
                epochs[process] = -1;
              } else if (act === 'claim') {
                epochs[process] = epoch += 1;
                expect(await ledger.claim()).toMatchObject({ epoch, position: log.length });
              } else if (epochs[process] === epoch && epoch > 0) {
                log.push(`${i}`);
                expect(await ledger.append(bytesOf(`${i}`))).toEqual({ type: 'committed', position: log.length });
              } else {
                expect(await ledger.append(bytesOf('stale'))).toEqual({ type: 'fenced' });
              }
            }
            const segments = await segmentsOf(ledgers[0] as Ledger);
            expect(segments.map((segment) => textOf(segment.bytes))).toEqual(log);
          } finally {
            await own.destroy();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}
