import type { IdentityRow } from '../../storage/stored-rows.js';
import { NewerFormatError } from '../indexed-db-format.js';
import { latestLead } from '../indexed-db-lead.js';
import { requested, runTransaction } from '../indexed-db.js';
import type { ReadAhead } from '../../ports/storage.js';
import type { LayeredDatabase } from '../row-layer.js';
import { readFirst } from '../rows-ahead.js';
import { WrongKeyError } from './app-key.js';
import { deriveKeys, SECRET_BYTES } from './database-keys.js';
import { DamagedDatabaseError, RowCodec } from './row-codec.js';
import { sealedDatabase } from './sealed-database.js';
import { type Bytes, seal, unseal } from './sealing.js';

/** What versions of this library that know no sealed rows take for a newer one's: they leave it as it is. */
const SEALED_VERSION = 2;

/** EN-2: the one row that is not sealed: the secret of the database, sealed by the app's key. */
interface SealedIdentityRow extends IdentityRow {
  readonly secret: Bytes;
}

export interface SealedOptions {
  /** Under which the browser has it. */
  readonly name: string;
  /** The app's key, and those it had before, the latest first. */
  readonly keys: readonly [CryptoKey, ...CryptoKey[]];
  /** Makes the id of a database that has none; `null`: it has one. */
  readonly mint: (() => string) | null;
  /** CL-2: what is wanted of it together with the identity. */
  readonly ahead: ReadAhead;
}

/**
 * EN-2, EN-5: the database, its rows sealed. A secret that only an earlier key opens is sealed by the present one.
 *
 * @throws WrongKeyError, NewerFormatError, DamagedDatabaseError
 */
export async function openSealed(native: IDBDatabase, options: SealedOptions): Promise<LayeredDatabase> {
  const { name, keys, mint, ahead } = options;
  const identity = (await readIdentity(native)) ?? (await writeFirst(native, options));
  if (identity.v > SEALED_VERSION) throw new NewerFormatError(`The database has the format ${identity.v}.`);
  const place = placeOf(name, identity.databaseId);
  for (const key of keys) {
    const secret = await unseal(key, identity.secret, place);
    if (secret === null) continue;
    if (key !== keys[0]) await writeSecret(native, identity, await seal(keys[0], secret, place));
    const idb = sealedDatabase(native, new RowCodec(await deriveKeys(secret)));
    // What must not go back is looked at before anything goes on from it.
    const [{ identity: issued, rows }] = await Promise.all([
      readFirst(idb, ahead),
      mint === null ? null : latestLead(idb),
    ]);
    return { idb, identity: issued, rows };
  }
  throw new WrongKeyError('None of the keys opens it.');
}

const placeOf = (name: string, databaseId: string): string => JSON.stringify(['secret', name, databaseId]);

const READING = { stores: ['meta'], mode: 'readonly', durability: 'relaxed' } as const;
const WRITING = { stores: ['meta'], mode: 'readwrite', durability: 'strict' } as const;

function readIdentity(native: IDBDatabase): Promise<SealedIdentityRow | undefined> {
  return runTransaction(native, READING, (transaction) =>
    requested<SealedIdentityRow | undefined>(transaction.objectStore('meta').get('identity')),
  );
}

/** Of two tabs that open at once the later gets what the earlier wrote. */
async function writeFirst(native: IDBDatabase, { name, keys, mint }: SealedOptions): Promise<SealedIdentityRow> {
  if (mint === null) throw new DamagedDatabaseError('The database has no identity.');
  const databaseId = mint();
  const secret = await seal(keys[0], crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), placeOf(name, databaseId));
  const minted: SealedIdentityRow = { id: 'identity', v: SEALED_VERSION, databaseId, secret };
  return runTransaction(native, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const there = (await requested(meta.get('identity'))) as SealedIdentityRow | undefined;
    if (there === undefined) meta.put(minted);
    return there ?? minted;
  });
}

/** Whoever opens it at once with the keys the other way round may write last: both go on, as both have both. */
function writeSecret(native: IDBDatabase, identity: SealedIdentityRow, secret: Bytes): Promise<void> {
  return runTransaction(native, WRITING, async (transaction) => {
    await requested(transaction.objectStore('meta').put({ ...identity, secret } satisfies SealedIdentityRow));
  });
}
