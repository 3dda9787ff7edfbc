import { type Bytes, toBytes } from './sealing.js';

/** A key of AES-GCM that encrypts and decrypts, or the 32 bytes of one. */
export type EncryptionKey = CryptoKey | Uint8Array;

/** The app gave no key, or none that is of use. */
export class NoKeyError extends Error {
  override readonly name = 'NoKeyError';
}

/** The key, and every one before it, opens nothing. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError';
}

const KEY_BYTES = 32;

/** @throws NoKeyError */
export async function importKey(key: EncryptionKey | null | undefined): Promise<CryptoKey> {
  if (key instanceof Uint8Array) {
    if (key.length !== KEY_BYTES) throw new NoKeyError(`it has ${key.length} bytes, not ${KEY_BYTES}`);
    return crypto.subtle.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  }
  if (!(key instanceof CryptoKey)) throw new NoKeyError('there is none');
  const isOfUse =
    key.algorithm.name === 'AES-GCM' && ['encrypt', 'decrypt'].every((use) => key.usages.includes(use as KeyUsage));
  if (!isOfUse) throw new NoKeyError('it is not one of AES-GCM that encrypts and decrypts');
  return key;
}

/** EN-4: the name under which the browser has the database: it shows in the names of files and in the tools of whoever has the device. */
export async function encryptedName(name: string): Promise<string> {
  const hash: Bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', toBytes(name)), 0, 16);
  return `topgun:encrypted:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Only there can anything have been encrypted. */
export const isEncryptionThere = (): boolean =>
  (globalThis.crypto as Partial<Crypto> | undefined)?.subtle !== undefined;
