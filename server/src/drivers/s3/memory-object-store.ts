import { ObjectStoreError, type ObjectStore } from './object-store.js';

/** What the next writing call meets: it is not done, or it is; nobody hears which. */
export type ObjectFault = 'lost' | 'done-unheard' | 'refused';

/** A bucket for tests. */
export interface MemoryBucket {
  readonly objects: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly tag: string }>;
  /** One more client of it. */
  open(): ObjectStore;
  /** The next writes meet these, one each. */
  failNext(...faults: readonly ObjectFault[]): void;
  /** Nobody is reached from now on. */
  cut(): void;
  restore(): void;
}

/** Keys that one listing brings: few, so that a test sees several. */
const LISTED = 7;

/** `turn`: before each call, so that a test may let others go first. */
export function createMemoryBucket(turn: () => Promise<void> = () => Promise.resolve()): MemoryBucket {
  const objects = new Map<string, { bytes: Uint8Array; tag: string }>();
  const faults: ObjectFault[] = [];
  let isCut = false;
  let tags = 0;

  const arrive = async (): Promise<void> => {
    await turn();
    if (isCut) throw new ObjectStoreError('unreachable', 'the bucket is out of reach');
  };

  /** Does it, unless a fault comes first. */
  const write = async <T>(work: () => T): Promise<T> => {
    await arrive();
    const fault = faults.shift();
    if (fault === 'refused') throw new ObjectStoreError('failed', 'the bucket does not want it');
    if (fault === 'lost') throw new ObjectStoreError('unreachable', 'the request was lost');
    const done = work();
    if (fault === 'done-unheard') throw new ObjectStoreError('unreachable', 'the answer was lost');
    return done;
  };

  const put = (key: string, bytes: Uint8Array): void =>
    void objects.set(key, { bytes: bytes.slice(), tag: `"${(tags += 1)}"` });

  return {
    objects,
    failNext: (...next) => void faults.push(...next),
    cut() {
      isCut = true;
    },
    restore() {
      isCut = false;
    },
    open: () => ({
      async get(key) {
        await arrive();
        const object = objects.get(key);
        return object === undefined ? null : { bytes: object.bytes.slice(), tag: object.tag };
      },
      create: (key, bytes) =>
        write(() => {
          if (objects.has(key)) return 'exists';
          put(key, bytes);
          return 'created';
        }),
      replace: (key, bytes, tag) =>
        write(() => {
          if (objects.get(key)?.tag !== tag) return 'changed';
          put(key, bytes);
          return 'replaced';
        }),
      async list(prefix, after) {
        await arrive();
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
        return keys.slice(0, LISTED).map((key) => ({ key, size: objects.get(key)!.bytes.length }));
      },
      remove: (keys) =>
        write(() => {
          for (const key of keys) objects.delete(key);
        }),
      close() {},
    }),
  };
}
