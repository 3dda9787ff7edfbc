import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Ledger } from './ledger.js';
import type { SnapshotStore, StoredSnapshot } from './snapshot-store.js';

/** One durable place. Each `open` is another process that uses it. */
export interface SnapshotPlace {
  open(): Promise<{ readonly ledger: Ledger; readonly snapshots: SnapshotStore }>;
  destroy(): Promise<void>;
}

const snapshot = (partition: number, position: number, bytes: readonly number[] = [position]): StoredSnapshot => ({
  partition,
  position,
  head: Uint8Array.of(partition % 256, ...bytes.slice(0, 2)),
  records: Uint8Array.from(bytes),
});

/** Heads as they are told, and the records of each. */
async function all(store: SnapshotStore): Promise<[number, number, number[]][]> {
  const found: [number, number, number[]][] = [];
  for await (const chunk of store.heads()) {
    for (const { partition, position, head } of chunk) {
      const stored = await store.records(partition);
      expect(stored?.position).toBe(position);
      const bytes = [...(stored?.bytes ?? [])];
      expect([...(head ?? [])]).toEqual([partition % 256, ...bytes.slice(0, 2)]);
      found.push([partition, position, bytes]);
    }
  }
  return found;
}

const at = (through: number, lineage = 'a') => ({ through, lineage });

/** What every driver of snapshots keeps. */
export function snapshotStoreContract(driver: string, createPlace: () => Promise<SnapshotPlace>): void {
  describe(`snapshot store contract: ${driver}`, () => {
    let place: SnapshotPlace;
    beforeEach(async () => {
      place = await createPlace();
    });
    afterEach(() => place.destroy());

    it('PI-13: holds nothing at first, and then what was written, by partition, for the next process too', async () => {
      const { ledger, snapshots } = await place.open();
      const { epoch } = await ledger.claim();
      expect([await snapshots.progress(), await all(snapshots)]).toEqual([null, []]);
      const every = Array.from({ length: 256 }, (_, byte) => byte);
      expect(await snapshots.write(epoch, [snapshot(270, 7, every), snapshot(0, 5, [])], at(4))).toBe(true);
      const next = await place.open();
      expect(await next.snapshots.progress()).toEqual(at(4));
      expect(await all(next.snapshots)).toEqual([
        [0, 5, []],
        [270, 7, every],
      ]);
    });

    it('PI-13: a snapshot takes the place of the one before, and the others stay', async () => {
      const { ledger, snapshots } = await place.open();
      const { epoch } = await ledger.claim();
      await snapshots.write(epoch, [snapshot(1, 5), snapshot(2, 5)], at(3));
      await snapshots.write(epoch, [snapshot(1, 9)], at(5, 'b'));
      await snapshots.write(epoch, [], at(6, 'b'));
      expect(await snapshots.progress()).toEqual(at(6, 'b'));
      expect(await all(snapshots)).toEqual([
        [1, 9, [9]],
        [2, 5, [5]],
      ]);
    });

    it('PI-13: who was replaced writes nothing, nor does who never claimed', async () => {
      const [old, next] = [await place.open(), await place.open()];
      expect(await old.snapshots.write(1, [snapshot(1, 1)], at(1))).toBe(false);
      const { epoch } = await old.ledger.claim();
      await old.snapshots.write(epoch, [snapshot(1, 5)], at(5));
      const claim = await next.ledger.claim();
      expect(await old.snapshots.write(epoch, [snapshot(1, 6), snapshot(2, 6)], at(6))).toBe(false);
      expect([await next.snapshots.progress(), await all(next.snapshots)]).toEqual([at(5), [[1, 5, [5]]]]);
      expect(await next.snapshots.write(claim.epoch, [snapshot(1, 8)], at(8))).toBe(true);
    });

    it('reads many and large ones, in order', async () => {
      const { ledger, snapshots } = await place.open();
      const { epoch } = await ledger.claim();
      const sizes = [3_000_000, 2_500_000, ...Array.from({ length: 60 }, (_, i) => i)];
      const bytesOf = (i: number) => new Uint8Array(sizes[i]!).fill(i);
      await snapshots.write(
        epoch,
        sizes.map((_, i) => ({ partition: i, position: 1, head: Uint8Array.of(i), records: bytesOf(i) })),
        at(1),
      );
      let next = 0;
      for await (const chunk of snapshots.heads()) {
        for (const { partition, head } of chunk) {
          expect([partition, head]).toEqual([next, Uint8Array.of(next)]);
          next += 1;
        }
      }
      expect(next).toBe(sizes.length);
      for (const i of [1, 61, 0]) {
        const stored = await snapshots.records(i);
        expect(Buffer.compare(stored!.bytes, bytesOf(i))).toBe(0);
      }
      expect(await snapshots.records(200)).toBe(null);
    });

    it('closed, it writes nothing and says so', async () => {
      const { ledger, snapshots } = await place.open();
      const { epoch } = await ledger.claim();
      await snapshots.close();
      await snapshots.close();
      await expect(snapshots.write(epoch, [snapshot(1, 1)], at(1))).rejects.toThrow('closed');
      await expect(snapshots.progress()).rejects.toThrow('closed');
      await expect(all(snapshots)).rejects.toThrow('closed');
      await expect(snapshots.records(0)).rejects.toThrow('closed');
    });
  });
}
