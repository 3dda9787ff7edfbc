import type { AppendOutcome, LedgerClaim, LedgerSegment } from '../../ports/ledger.js';
import { epochPrefix, LOG, segmentKey, segmentPlace, type SegmentPlace } from './log-keys.js';
import { isUnreachable, type ObjectStore } from './object-store.js';
import { decodeOwner, encodeOwner, OWNER, type Owner } from './owner.js';

export interface ObjectLedgerOptions {
  readonly store: ObjectStore;
  /** Runs it again, as often as it takes, while the store is out of reach. */
  readonly reach: <T>(work: () => Promise<T>) => Promise<T>;
  readonly mint: () => string;
}

/** The calls of the ledger. One append at a time. */
export interface ObjectLedger {
  claim(): Promise<LedgerClaim>;
  renew(epoch: number): Promise<number | null>;
  append(epoch: number, segment: Uint8Array): Promise<AppendOutcome>;
  segmentsAfter(position: number): Promise<readonly LedgerSegment[]>;
  trim(epoch: number, through: number): Promise<number>;
  /** Whether it is the newest claim's. */
  isNewest(epoch: number): Promise<boolean>;
  /** The last position there was when it was claimed, or was appended since. */
  readonly position: number;
}

/** What one read brings: so many segments, or about so many bytes. */
const READ_SEGMENTS = 256;
const READ_BYTES = 4_000_000;
const PARALLEL_READS = 16;
/** Objects that one request removes. */
const TRIM_SEGMENTS = 256;

/** Before the bytes of a segment: an object without any is a seal. */
const HEAD = new Uint8Array([0x54, 0x47, 0x53, 0x31]);
const SEAL = new Uint8Array();

/**
 * PI-3 on objects that can be created if nobody has. Each owner writes segments under keys of its own epoch, one after the other, each only where there is
 * nothing. Who takes over *seals* the epochs before: it puts an empty object where their next segment would go. Either that segment was there first, and then
 * it counts and the seal goes behind it, or the seal is, and then nothing of that owner ever gets in. So positions have no gaps, and an append is one request.
 * A seal stays for ever: an owner may wake up late.
 */
export function createObjectLedger({ store, reach, mint }: ObjectLedgerOptions): ObjectLedger {
  /** What this process claimed last, and where its next segment goes. */
  let own: SegmentPlace | null = null;
  /** Where the last read ended: the next one as a rule goes on there. */
  let lastRead: { readonly position: number; readonly key: string } | null = null;

  const readOwner = async (): Promise<{ readonly owner: Owner; readonly tag: string } | null> => {
    const object = await store.get(OWNER);
    if (object === null) return null;
    const owner = decodeOwner(object.bytes);
    if (owner === null || owner === 'newer') throw new Error(`${OWNER} cannot be read`);
    return { owner, tag: object.tag };
  };

  /** Makes the next epoch this process's, if `may` of the one there is. The write may have happened though nobody said so: it is looked for. */
  const bump = async (may: (owner: Owner | null) => boolean): Promise<Owner | null> => {
    const writer = mint();
    return reach(async () => {
      for (;;) {
        const found = await readOwner();
        if (found?.owner.writer === writer) return found.owner;
        const before = found?.owner ?? null;
        if (!may(before)) return null;
        const next: Owner =
          before === null
            ? { version: 1, epoch: 1, lineage: mint(), sealed: { epoch: 0, position: 0 }, writer }
            : { ...before, epoch: before.epoch + 1, writer };
        const written =
          found === null
            ? await store.create(OWNER, encodeOwner(next))
            : await store.replace(OWNER, encodeOwner(next), found.tag);
        if (written === 'created' || written === 'replaced') return next;
      }
    });
  };

  /** Ends what the owner of this epoch can append, after `position`. Returns the last position that it did. */
  const seal = (epoch: number, position: number): Promise<number> =>
    reach(async () => {
      let last = position;
      for (let key = segmentKey({ epoch, position }); ;) {
        const listed = await store.list(epochPrefix(epoch), key);
        const end = listed.at(-1);
        if (end === undefined) break;
        if (end.size === 0) return segmentPlace(end.key).position - 1;
        ({ key } = end);
        last = segmentPlace(key).position;
      }
      for (;;) {
        const place = { epoch, position: last + 1 };
        if ((await store.create(segmentKey(place), SEAL)) === 'created') return last;
        const there = await store.get(segmentKey(place));
        if (there === null || there.bytes.length === 0) return last;
        last += 1;
      }
    });

  /** Seals all before `owner`. */
  const sealOlder = async (owner: Owner): Promise<number> => {
    let { position } = owner.sealed;
    for (let epoch = owner.sealed.epoch + 1; epoch < owner.epoch; epoch += 1) position = await seal(epoch, position);
    // Only so that the next one need not look at them again: whoever has claimed since does it itself.
    const sealed = { epoch: owner.epoch - 1, position };
    await reach(async () => {
      const found = await readOwner();
      if (found === null || found.owner.writer !== owner.writer) return;
      await store.replace(OWNER, encodeOwner({ ...owner, sealed }), found.tag);
    });
    own = { epoch: owner.epoch, position };
    return position;
  };

  const segmentAt = async ({ epoch, position }: SegmentPlace): Promise<LedgerSegment> => {
    const object = await store.get(segmentKey({ epoch, position }));
    if (object === null || !HEAD.every((byte, i) => object.bytes[i] === byte)) {
      throw new Error(`the segment ${position} in ${segmentKey({ epoch, position })} is missing or damaged`);
    }
    return { position, epoch, bytes: object.bytes.subarray(HEAD.length) };
  };

  /** Where the next segments are, as many as one read brings. */
  const placesAfter = async (position: number): Promise<readonly SegmentPlace[]> => {
    const places: SegmentPlace[] = [];
    let bytes = 0;
    for (let after = lastRead?.position === position ? lastRead.key : LOG; ;) {
      const listed = await store.list(LOG, after);
      for (const { key, size } of listed) {
        const place = segmentPlace(key);
        after = key;
        if (size === 0 || place.position <= position) continue;
        bytes += size;
        if (places.length === READ_SEGMENTS || (places.length > 0 && bytes > READ_BYTES)) return places;
        places.push(place);
      }
      if (listed.length === 0 || places.length > 0) return places;
    }
  };

  return {
    get position() {
      return own?.position ?? 0;
    },
    async claim() {
      const owner = await bump(() => true);
      if (owner === null) throw new Error('the ledger could not be claimed');
      return { epoch: owner.epoch, lineage: owner.lineage, position: await sealOlder(owner) };
    },
    async renew(epoch) {
      const owner = await bump((before) => before?.epoch === epoch);
      if (owner === null) return null;
      await sealOlder(owner);
      return owner.epoch;
    },
    async append(epoch, segment) {
      if (own?.epoch !== epoch) return { type: 'fenced' };
      const place = { epoch, position: own.position + 1 };
      const bytes = new Uint8Array(HEAD.length + segment.length);
      bytes.set(HEAD);
      bytes.set(segment, HEAD.length);
      try {
        if ((await store.create(segmentKey(place), bytes)) === 'created') {
          own = place;
          return { type: 'committed', position: place.position };
        }
        const there = await store.get(segmentKey(place));
        if (there?.bytes.length === 0) return { type: 'fenced' };
        return { type: 'unknown', reason: `something is in the place of segment ${place.position} already` };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { type: isUnreachable(error) ? 'unknown' : 'failed', reason };
      }
    },
    segmentsAfter: (position) =>
      reach(async () => {
        const places = await placesAfter(position);
        if (places.length === 0) return [];
        const segments: LedgerSegment[] = [];
        for (let from = 0; from < places.length; from += PARALLEL_READS) {
          segments.push(...(await Promise.all(places.slice(from, from + PARALLEL_READS).map(segmentAt))));
        }
        const last = places.at(-1)!;
        lastRead = { position: last.position, key: segmentKey(last) };
        return segments;
      }),
    trim: (epoch, through) =>
      reach(async () => {
        const found = await readOwner();
        if (found?.owner.epoch !== epoch) return 0;
        const gone: string[] = [];
        // The last one stays: so one more is looked at before it goes.
        let candidate: string | null = null;
        for (let after = LOG; gone.length < TRIM_SEGMENTS;) {
          const listed = await store.list(LOG, after);
          if (listed.length === 0) break;
          for (const { key, size } of listed) {
            after = key;
            if (size === 0) continue;
            if (candidate !== null && gone.length < TRIM_SEGMENTS) gone.push(candidate);
            candidate = key;
            if (segmentPlace(key).position > through) break;
          }
          if (candidate !== null && segmentPlace(candidate).position > through) break;
        }
        if (gone.length > 0) await store.remove(gone);
        return gone.length;
      }),
    isNewest: (epoch) => reach(async () => (await readOwner())?.owner.epoch === epoch),
  };
}
