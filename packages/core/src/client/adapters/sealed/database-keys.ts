import { type Bytes, toBytes } from './sealing.js';

/** The keys of one database, all of its secret (EN-2). None can be taken out of WebCrypto again. */
export interface DatabaseKeys {
  /** AES-GCM: what rows hold. */
  readonly values: CryptoKey;
  /** AES-GCM: names by which rows are found. */
  readonly names: CryptoKey;
  /** HMAC: the nonces of names. */
  readonly nonces: CryptoKey;
}

export const SECRET_BYTES = 32;

export async function deriveKeys(secret: Bytes): Promise<DatabaseKeys> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const from = (purpose: string): HkdfParams => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: toBytes(`topgun local database: ${purpose}`),
  });
  const cipher = { name: 'AES-GCM', length: 256 };
  const mac = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  const [values, names, nonces] = await Promise.all([
    crypto.subtle.deriveKey(from('values'), root, cipher, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveKey(from('names'), root, cipher, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveKey(from('nonces of names'), root, mac, false, ['sign']),
  ]);
  return { values, names, nonces };
}
