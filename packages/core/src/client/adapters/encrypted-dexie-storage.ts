import { err, type Result } from '../../primitives/index.js';
import type { Random } from '../ports/environment.js';
import type { ReadAhead, Storage, StorageAdapter, StorageError } from '../ports/storage.js';
import { openDexieStorage } from './dexie-storage.js';
import { openError } from './indexed-db-error.js';
import { encryptedName, type EncryptionKey, importKey, isEncryptionThere, NoKeyError } from './sealed/app-key.js';
import { PreparedConnections } from './prepared-connections.js';
import { movePlainDatabase } from './sealed/move-plain-database.js';
import { openSealed } from './sealed/open-sealed.js';
import type { RowLayer } from './row-layer.js';
import { systemRandom } from './system-random.js';

/** Whose database a key is asked for. */
export interface EncryptedDatabase {
  /** `null`: what is written before anybody has signed in, and the note of who was here last. */
  readonly subject: string | null;
}

/** The key, or a function that gives it: asked each time a database is opened, some times for each start. `null`: there is none yet. */
export type EncryptionKeySource =
  | EncryptionKey
  | ((database: EncryptedDatabase) => EncryptionKey | null | Promise<EncryptionKey | null>);

export interface EncryptionOptions {
  readonly key: EncryptionKeySource;
  /** Keys that the app had before, the latest first. A database that one of them opens is opened by `key` from then on (EN-5). */
  readonly previousKeys?: readonly EncryptionKeySource[];
  readonly random?: Random;
}

/**
 * IndexedDB storage for browsers, encrypted (EN-1 to EN-7): records, unsent writes, refusals and search indexes, their keys, fields and maps. Who has the
 * device but not the key reads none of it. Needs a secure context (https or localhost).
 *
 * ```ts
 * const client = new TopGunClient({ serverUrl, storage: new EncryptedDexieAdapter({ key: () => myKey() }) });
 * ```
 *
 * Without the right key nothing is opened and nothing changed: `onStorageIssue` tells `no-key` or `wrong-key`, and the client works in memory.
 */
export class EncryptedDexieAdapter implements StorageAdapter {
  readonly #key: EncryptionKeySource;
  readonly #previousKeys: readonly EncryptionKeySource[];
  readonly #random: Random;
  readonly #prepared = new PreparedConnections();
  /** By name, what was prepared and is not opened yet, with the end of it. */
  readonly #begun = new Map<string, Promise<() => void>>();

  constructor({ key, previousKeys = [], random = systemRandom }: EncryptionOptions) {
    this.#key = key;
    this.#previousKeys = previousKeys;
    this.#random = random;
  }

  prepare(name: string): () => void {
    if (!isEncryptionThere() || this.#begun.has(name)) return () => {};
    const begun = encryptedName(name).then((stored) => this.#prepared.begin(stored));
    this.#begun.set(name, begun);
    return () => {
      if (this.#begun.get(name) === begun && this.#begun.delete(name)) void begun.then((end) => end());
    };
  }

  async open(name: string, ahead?: ReadAhead): Promise<Result<Storage, StorageError>> {
    if (!isEncryptionThere()) return err(openError(new Error('it encrypts in secure contexts (https) alone')));
    const begun = this.#begun.get(name);
    this.#begun.delete(name);
    try {
      const database = { subject: subjectIn(name) };
      const key = await keyOf(this.#key, database);
      // One that is not there any more opens nothing.
      const asked = this.#previousKeys.map((source) => keyOf(source, database).catch(() => null));
      const before = (await Promise.all(asked)).filter((each) => each !== null);
      const stored = await encryptedName(name);
      await begun;
      const layer: RowLayer = {
        async over(idb, { mint, found, ahead: wanted }) {
          const sealed = await openSealed(idb, { name: stored, keys: [key, ...before], mint, ahead: wanted });
          const moved = mint === null ? null : await movePlainDatabase(name, sealed.idb);
          if (moved === null) return sealed;
          // What was read is of before.
          sealed.rows.drop();
          moved.forEach(found);
          return sealed;
        },
      };
      const prepared = this.#prepared.take(stored);
      return await openDexieStorage({ name: stored, layer, random: this.#random, prepared, ahead });
    } catch (error) {
      // Without a key nothing is opened after all.
      (await begun)?.();
      return err(openError(error));
    }
  }
}

async function keyOf(source: EncryptionKeySource, database: EncryptedDatabase): Promise<CryptoKey> {
  if (typeof source !== 'function') return importKey(source);
  try {
    return await importKey(await source(database));
  } catch (error) {
    throw new NoKeyError(error instanceof Error ? error.message : String(error));
  }
}

/** CL-10: names of databases end with whose they are. */
function subjectIn(name: string): string | null {
  const subject = /:user:([^:]*)$/.exec(name)?.[1];
  return subject === undefined ? null : decodeURIComponent(subject);
}
