import type { SnapshotsProgress, StoredHead, StoredRecords, StoredSnapshot } from '../../ports/snapshot-store.js';
import type { ObjectStore } from './object-store.js';

export interface ObjectSnapshotsOptions {
  readonly store: ObjectStore;
  readonly reach: <T>(work: () => Promise<T>) => Promise<T>;
  readonly mint: () => string;
}

/** The calls of the snapshots. */
export interface ObjectSnapshots {
  /** From now on owners before `epoch` write none. */
  claimed(epoch: number): Promise<void>;
  progress(): Promise<SnapshotsProgress | null>;
  headsAfter(partition: number): Promise<readonly StoredHead[]>;
  recordsOf(partition: number): Promise<StoredRecords | null>;
  write(epoch: number, snapshots: readonly StoredSnapshot[], progress: SnapshotsProgress): Promise<boolean>;
}

/** What there is: of each partition the keys of its snapshot's records and head. One object, replaced by comparing, so a write is seen as a whole or not at all. */
interface Manifest {
  readonly version: 1;
  /** Of the owner that wrote it, or that has come since. */
  readonly epoch: number;
  readonly progress: SnapshotsProgress | null;
  readonly snapshots: readonly SnapshotEntry[];
}

/** `headKey` is `null` where the records begin with the head. */
type SnapshotEntry = readonly [partition: number, position: number, key: string, headKey: string | null];

const keysOf = ([, , key, headKey]: SnapshotEntry): readonly string[] => (headKey === null ? [key] : [key, headKey]);

export const MANIFEST = 'snapshots.json';
const SNAPSHOTS = 'snapshots/';
const EPOCH_DIGITS = 16;

/** Of which owner a key is; 0: of one from before keys said so. */
const epochOf = (key: string): number => Number(/^snapshots\/(\d{16})\//.exec(key)?.[1] ?? 0);
/** Heads that one read brings. */
const READ_HEADS = 64;

const EMPTY: Manifest = { version: 1, epoch: 0, progress: null, snapshots: [] };
const encode = (manifest: Manifest): Uint8Array => new TextEncoder().encode(JSON.stringify(manifest));

/**
 * PI-13 on objects: the new ones are written under keys of their own, then the manifest says them instead of the old ones, then those go. What a server that was
 * killed in between has left is found, and removed, by the next owner. That one may be frozen before it has come to it, and replaced: so it removes what owners before it
 * have left, and never what one after it has written, which no manifest that it knows says.
 */
export function createObjectSnapshots({ store, reach, mint }: ObjectSnapshotsOptions): ObjectSnapshots {
  const read = async (): Promise<{ readonly manifest: Manifest; readonly tag: string | null }> => {
    const object = await store.get(MANIFEST);
    if (object === null) return { manifest: EMPTY, tag: null };
    const manifest = JSON.parse(new TextDecoder().decode(object.bytes)) as Manifest;
    if (manifest.version !== 1) throw new Error(`${MANIFEST} is of a version that is not known here`);
    return { manifest, tag: object.tag };
  };

  const put = async (manifest: Manifest, tag: string | null): Promise<boolean> =>
    (tag === null
      ? await store.create(MANIFEST, encode(manifest))
      : await store.replace(MANIFEST, encode(manifest), tag)) !== (tag === null ? 'exists' : 'changed');

  const removeLeftovers = async ({ epoch, snapshots }: Manifest): Promise<void> => {
    const used = new Set(snapshots.flatMap(keysOf));
    for (let after = SNAPSHOTS; ;) {
      const listed = await store.list(SNAPSHOTS, after);
      const last = listed.at(-1);
      if (last === undefined) return;
      const unused = listed.map(({ key }) => key).filter((key) => !used.has(key) && epochOf(key) < epoch);
      if (unused.length > 0) await store.remove(unused);
      after = last.key;
    }
  };

  const bytesAt = async (key: string, partition: number): Promise<Uint8Array> => {
    const object = await store.get(key);
    if (object === null) throw new Error(`the snapshot of partition ${partition}, ${key}, is missing`);
    return object.bytes;
  };

  return {
    claimed: (epoch) =>
      reach(async () => {
        for (;;) {
          const { manifest, tag } = await read();
          if (manifest.epoch >= epoch) return;
          const next = { ...manifest, epoch };
          if (await put(next, tag)) return removeLeftovers(next);
        }
      }),
    progress: () => reach(async () => (await read()).manifest.progress),
    headsAfter: (partition) =>
      reach(async () => {
        const { manifest } = await read();
        const wanted = manifest.snapshots.filter(([at]) => at > partition).slice(0, READ_HEADS);
        return Promise.all(
          wanted.map(async ([at, position, , headKey]): Promise<StoredHead> => {
            const bytes = headKey === null ? null : await bytesAt(headKey, at);
            return { partition: at, position, head: bytes };
          }),
        );
      }),
    recordsOf: (partition) =>
      reach(async () => {
        const { manifest } = await read();
        const found = manifest.snapshots.find(([at]) => at === partition);
        return found === undefined ? null : { position: found[1], bytes: await bytesAt(found[2], partition) };
      }),
    async write(epoch, snapshots, progress) {
      const { manifest, tag } = await read();
      // Before the first claim there is no manifest, and nobody who may write one.
      if (tag === null || manifest.epoch !== epoch) return false;
      const written = await Promise.all(
        snapshots.map(async ({ partition, position, head, records }) => {
          const owner = String(epoch).padStart(EPOCH_DIGITS, '0');
          const key = `${SNAPSHOTS}${owner}/${String(partition).padStart(3, '0')}-${position}-${mint()}`;
          const headKey = `${key}-head`;
          await Promise.all([store.create(key, records), store.create(headKey, head)]);
          return [partition, position, key, headKey] as const;
        }),
      );
      const replaced = new Set(written.map(([partition]) => partition));
      const kept = manifest.snapshots.filter(([partition]) => !replaced.has(partition));
      const next = { ...manifest, progress, snapshots: [...kept, ...written].toSorted(([a], [b]) => a - b) };
      if (!(await put(next, tag))) return false;
      const gone = manifest.snapshots.filter(([partition]) => replaced.has(partition)).flatMap(keysOf);
      // What is left of them the next owner finds.
      if (gone.length > 0) await store.remove(gone).catch(() => undefined);
      return true;
    },
  };
}
