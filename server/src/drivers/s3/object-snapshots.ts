import type { SnapshotsProgress, StoredSnapshot } from '../../ports/snapshot-store.js';
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
  after(partition: number): Promise<readonly StoredSnapshot[]>;
  write(epoch: number, snapshots: readonly StoredSnapshot[], progress: SnapshotsProgress): Promise<boolean>;
}

/** What there is: of each partition the key of its snapshot. One object, replaced by comparing, so a write is seen as a whole or not at all. */
interface Manifest {
  readonly version: 1;
  /** Of the owner that wrote it, or that has come since. */
  readonly epoch: number;
  readonly progress: SnapshotsProgress | null;
  readonly snapshots: readonly (readonly [partition: number, position: number, key: string, size: number])[];
}

export const MANIFEST = 'snapshots.json';
const SNAPSHOTS = 'snapshots/';
/** About how many bytes one read brings. */
const READ_BYTES = 4_000_000;

const EMPTY: Manifest = { version: 1, epoch: 0, progress: null, snapshots: [] };
const encode = (manifest: Manifest): Uint8Array => new TextEncoder().encode(JSON.stringify(manifest));

/**
 * PI-13 on objects: the new ones are written under keys of their own, then the manifest says them instead of the old ones, then those go. What a server that was
 * killed in between has left is found, and removed, by the next owner.
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

  const removeLeftovers = async ({ snapshots }: Manifest): Promise<void> => {
    const used = new Set(snapshots.map(([, , key]) => key));
    for (let after = SNAPSHOTS; ;) {
      const listed = await store.list(SNAPSHOTS, after);
      const last = listed.at(-1);
      if (last === undefined) return;
      const unused = listed.map(({ key }) => key).filter((key) => !used.has(key));
      if (unused.length > 0) await store.remove(unused);
      after = last.key;
    }
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
    after: (partition) =>
      reach(async () => {
        const { manifest } = await read();
        const wanted: (typeof manifest.snapshots)[number][] = [];
        let bytes = 0;
        for (const snapshot of manifest.snapshots) {
          if (snapshot[0] <= partition) continue;
          bytes += snapshot[3];
          if (wanted.length > 0 && bytes > READ_BYTES) break;
          wanted.push(snapshot);
        }
        return Promise.all(
          wanted.map(async ([at, position, key]): Promise<StoredSnapshot> => {
            const object = await store.get(key);
            if (object === null) throw new Error(`the snapshot of partition ${at}, ${key}, is missing`);
            return { partition: at, position, bytes: object.bytes };
          }),
        );
      }),
    async write(epoch, snapshots, progress) {
      const { manifest, tag } = await read();
      // Before the first claim there is no manifest, and nobody who may write one.
      if (tag === null || manifest.epoch !== epoch) return false;
      const written = await Promise.all(
        snapshots.map(async ({ partition, position, bytes }) => {
          const key = `${SNAPSHOTS}${String(partition).padStart(3, '0')}-${position}-${mint()}`;
          await store.create(key, bytes);
          return [partition, position, key, bytes.length] as const;
        }),
      );
      const replaced = new Set(written.map(([partition]) => partition));
      const kept = manifest.snapshots.filter(([partition]) => !replaced.has(partition));
      const next = { ...manifest, progress, snapshots: [...kept, ...written].toSorted(([a], [b]) => a - b) };
      if (!(await put(next, tag))) return false;
      const gone = manifest.snapshots.filter(([partition]) => replaced.has(partition)).map(([, , key]) => key);
      // What is left of them the next owner finds.
      if (gone.length > 0) await store.remove(gone).catch(() => undefined);
      return true;
    },
  };
}
