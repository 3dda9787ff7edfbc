import type { DatabaseKeys } from './database-keys.js';
import { fromLetters, toBytes, toLetters, toText } from './sealing.js';

const NONCE_BYTES = 12;
/** Names of maps and of first keys of pages: some hundred. Beyond it they are worked out again. */
const REMEMBERED = 4_096;
/** Begins the name of what could not be opened, so that its row can still be found, and taken out. No name of the app's begins with NUL. */
const UNREADABLE = '\0sealed:';

/**
 * EN-3: names by which rows are found, sealed so that one name is the same text each time, and opens again. The nonce is a keyed hash of the name: two names share one
 * by chance alone, and who knows neither key learns no more than which rows have the same name. `kind` says of what it is a name; the same one of another kind is another text.
 */
export interface SealedNames {
  seal(kind: string, name: string): string | Promise<string>;
  open(kind: string, sealed: string): string | Promise<string>;
}

export function createSealedNames({ names, nonces }: DatabaseKeys): SealedNames {
  const sealedByName = new Map<string, string>();
  const nameBySealed = new Map<string, string>();

  function remember(kind: string, name: string, sealed: string): void {
    if (sealedByName.size >= REMEMBERED) {
      sealedByName.clear();
      nameBySealed.clear();
    }
    sealedByName.set(`${kind}\0${name}`, sealed);
    nameBySealed.set(`${kind}\0${sealed}`, name);
  }

  async function sealName(kind: string, name: string): Promise<string> {
    const place = toBytes(kind);
    const plain = toBytes(JSON.stringify(name));
    const hash = await crypto.subtle.sign('HMAC', nonces, toBytes(`${kind}\0${JSON.stringify(name)}`));
    const iv = new Uint8Array(hash, 0, NONCE_BYTES);
    const encrypted = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: place }, names, plain);
    const sealed = `${toLetters(iv)}${toLetters(new Uint8Array(encrypted))}`;
    remember(kind, name, sealed);
    return sealed;
  }

  async function openName(kind: string, sealed: string): Promise<string> {
    const bytes = fromLetters(sealed);
    if (bytes === null || bytes.length <= NONCE_BYTES) return UNREADABLE + sealed;
    const iv = bytes.subarray(0, NONCE_BYTES);
    try {
      const algorithm = { name: 'AES-GCM', iv, additionalData: toBytes(kind) };
      const plain = await crypto.subtle.decrypt(algorithm, names, bytes.subarray(NONCE_BYTES));
      const name = JSON.parse(toText(plain)) as string;
      remember(kind, name, sealed);
      return name;
    } catch {
      return UNREADABLE + sealed;
    }
  }

  return {
    seal: (kind, name) =>
      name.startsWith(UNREADABLE)
        ? name.slice(UNREADABLE.length)
        : (sealedByName.get(`${kind}\0${name}`) ?? sealName(kind, name)),
    open: (kind, sealed) => nameBySealed.get(`${kind}\0${sealed}`) ?? openName(kind, sealed),
  };
}
