import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemTimers } from '../adapters/system-environment.js';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Ledger } from '../ports/ledger.js';
import { claimLedger } from '../services/coordination/ledger-ownership.js';
import { encodeSegment } from '../services/persistence/segment-codec.js';
import { replay } from '../services/persistence/replay.js';
import { createWriteBehind } from '../services/persistence/write-behind.js';
import { OpAuthor } from '../testing/op-author.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { load } from './load-partitions.js';
import { createMemoryColdStore } from './memory-cold-store.js';
import { createMemoryDisk } from './memory-disk.js';

/** One durable place whose bytes somebody else can write. */
export interface DamagedPlace {
  open(): Promise<Ledger>;
  /** Puts these bytes in the place of those of a segment, past the driver. */
  rewrite(position: number, bytes: Uint8Array): Promise<void>;
  destroy(): Promise<void>;
}

type Segments = readonly Buffer[];

/** What becomes of the bytes of which segments, by position, and what the first that is wrong is found for. */
const DAMAGES: readonly (readonly [
  name: string,
  change: (segments: Segments) => Readonly<Record<number, Uint8Array>>,
  position: number,
  code: string,
])[] = [
  [
    'a bit of a value is another',
    ([, , third]) => ({ 3: withBit(third!, third!.indexOf('note 3') + 5) }),
    3,
    'wrong-checksum',
  ],
  [
    'a bit of its beginning is another',
    ([, , third]) => ({ 3: withBit(third!, third!.indexOf('2')) }),
    3,
    'unknown-version',
  ],
  ['its end is missing', ([, , third]) => ({ 3: third!.subarray(0, third!.length - 40) }), 3, 'wrong-checksum'],
  ['it ends in its first bytes', ([, , third]) => ({ 3: third!.subarray(0, 9) }), 3, 'wrong-checksum'],
  [
    'its second half is zeros',
    ([, , third]) => ({ 3: Buffer.from(third!).fill(0, third!.length >> 1) }),
    3,
    'wrong-checksum',
  ],
  ['it is the one before once more', ([, second]) => ({ 3: second! }), 3, 'misplaced'],
  ['it is a later one', ([, , , fourth]) => ({ 3: fourth! }), 3, 'misplaced'],
  ['two have changed places', ([, second, third]) => ({ 2: third!, 3: second! }), 2, 'misplaced'],
  ['the last is an earlier one', ([first]) => ({ 4: first! }), 4, 'misplaced'],
  [
    'it is one of another ledger',
    () => ({ 3: encodeSegment({ lineage: 'elsewhere', position: 3, entries: [] }) }),
    3,
    'foreign-lineage',
  ],
];

function withBit(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at]! ^= 1;
  return changed;
}

/** What comes of bytes that were changed past the driver: whoever reads them hears where, and nothing of them is done. */
export function damagedLedgerContract(driver: string, createPlace: () => Promise<DamagedPlace>): void {
  describe(`damaged ledger contract: ${driver}`, () => {
    let place: DamagedPlace;
    beforeEach(async () => {
      place = await createPlace();
    });
    afterEach(() => place.destroy());

    it.each(DAMAGES)('PI-61: a segment is refused where %s', async (_, change, position, code) => {
      const written = await writeSegments(await place.open());
      for (const [at, bytes] of Object.entries(change(written))) await place.rewrite(Number(at), bytes);

      const ledger = await place.open();
      const ownership = await claimLedger(ledger);
      const read: unknown[] = [];
      for await (const segment of replay(ledger, 0, ownership.lineage)) {
        read.push(segment.ok ? segment.value.position : segment.error);
      }
      expect(read.slice(0, -1)).toEqual(Array.from({ length: position - 1 }, (_each, i) => i + 1));
      expect(read.at(-1)).toMatchObject({ code, position, reason: expect.stringContaining(`segment ${position}`) });

      const disk = createMemoryDisk();
      const writeBehind = createWriteBehind({
        coldStore: createMemoryColdStore(disk),
        timers: systemTimers,
        onFailure: () => undefined,
      });
      const started = load({ ownership, writeBehind, written: 0, timers: systemTimers, log: createRecordedLog().log });
      await expect(started).rejects.toMatchObject({
        code: 'ledger-damaged',
        message: expect.stringMatching(new RegExp(`^The ledger is damaged at position ${position} .*restore .*\\.$`)),
      });
      await writeBehind.stop();
      expect(disk.coldRows.size).toBe(0);
    });
  });
}

/** Four, each with a note, as a server writes them. */
async function writeSegments(ledger: Ledger): Promise<Segments> {
  const author = new OpAuthor('db.0', await loadXxhash());
  const { lineage } = await ledger.claim();
  const segments: Buffer[] = [1, 2, 3, 4].map((position) => {
    const batches = author.batches(author.create('notes', `n${position}`, { text: `note ${position}` }));
    const entries = batches.map(({ partition, replica, ops }) => ({
      partition,
      replica,
      ops: ops.map((op) => [op, 1] as const),
    }));
    // So that a place in it can be found by what is there.
    return Buffer.from(encodeSegment({ lineage, position, entries }));
  });
  for (const segment of segments) expect((await ledger.append(segment)).type).toBe('committed');
  return segments;
}
