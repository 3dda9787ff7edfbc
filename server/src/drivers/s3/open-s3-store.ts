import { err, ok, type Result } from '@topgun/core/primitives';
import type { Timers } from '../../ports/environment.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { createDurableStore, type DurableStore } from '../durable-store.js';
import { ObjectStoreError, type ObjectStore } from './object-store.js';
import { createObjectStoreCalls } from './object-store-calls.js';
import { decodeOwner, OWNER } from './owner.js';
import { parseS3Url } from './s3-url.js';

export interface S3StoreOptions {
  readonly timers: Timers;
  /** Random names, none twice. */
  readonly mint: () => string;
  /** The bucket is out of reach for a reason, or no longer: `null`. */
  readonly onTrouble?: (reason: string | null) => void;
  /** A request that has not answered by then has an unknown outcome. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const PROBE = 'probes/';

/**
 * Ledger and snapshots in a folder of a bucket. Nothing is written before it is known that the bucket is there, that what is in the folder is TopGun's, and that it keeps to
 * the conditions of writes: without them two servers could append at one position.
 */
export async function openS3Store(url: string, options: S3StoreOptions): Promise<Result<DurableStore, DatabaseError>> {
  const place = parseS3Url(url);
  if (!place.ok) return place;
  // Whoever has another database need not load it.
  const { createAwsObjectStore } = await import('./aws-object-store.js');
  const store = createAwsObjectStore(place.value, { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  const fault = await faultOf(store, place.value.name, options.mint);
  if (fault !== null) {
    store.close();
    return err(fault);
  }
  const calls = createObjectStoreCalls({ ...options, store });
  return ok(createDurableStore(calls, () => (calls.isOutOfReach ? 'out-of-reach' : null)));
}

/** Why the folder cannot be used; `null`: it can. */
async function faultOf(store: ObjectStore, name: string, mint: () => string): Promise<DatabaseError | null> {
  try {
    const owner = await store.get(OWNER);
    if (owner === null && (await store.list('', '')).length > 0) {
      return { code: 'foreign', message: `The ${name} holds something that is not TopGun's; give it an empty folder.` };
    }
    const decoded = owner === null ? null : decodeOwner(owner.bytes);
    if (decoded === 'newer') {
      return { code: 'newer-schema', message: `The ${name} was written by a newer version of TopGun.` };
    }
    if (owner !== null && decoded === null) {
      return { code: 'corrupt', message: `The ${name} is damaged: ${OWNER} cannot be read.` };
    }
    return (await keepsConditions(store, `${PROBE}${mint()}`))
      ? null
      : {
          code: 'failed',
          message: `The ${name} does not keep to conditional writes (If-None-Match, If-Match), so it can hold no ledger.`,
        };
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    const code = error.code === 'no-bucket' ? 'no-database' : error.code;
    return { code, message: `The database could not be opened. ${error.message}.` };
  }
}

/** Tries it, with an object of its own. */
async function keepsConditions(store: ObjectStore, key: string): Promise<boolean> {
  const bytes = new Uint8Array([1]);
  if ((await store.create(key, bytes)) !== 'created') return false;
  const isCreatedOnce = (await store.create(key, bytes)) === 'exists';
  const isCompared = (await store.replace(key, bytes, '"another"')) === 'changed';
  await store.remove([key]);
  return isCreatedOnce && isCompared;
}
