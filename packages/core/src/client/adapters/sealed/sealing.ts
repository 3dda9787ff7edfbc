/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** How it was sealed: the first byte of what is stored. */
const FORM = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const toBytes = (text: string): Bytes => encoder.encode(text);
export const toText = (bytes: BufferSource): string => decoder.decode(bytes);

/**
 * EN-1: AES-GCM under a nonce of its own: form, nonce, what was encrypted and its tag. `place` says where it belongs: in any other place it does not open.
 */
export async function seal(key: CryptoKey, plain: Bytes, place: string): Promise<Bytes> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const encrypted = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: toBytes(place) },
    key,
    plain,
  );
  const sealed = new Uint8Array(1 + NONCE_BYTES + encrypted.byteLength);
  sealed[0] = FORM;
  sealed.set(nonce, 1);
  sealed.set(new Uint8Array(encrypted), 1 + NONCE_BYTES);
  return sealed;
}

/** `null`: it was sealed under another key or for another place, or is not as it was. */
export async function unseal(key: CryptoKey, sealed: unknown, place: string): Promise<Bytes | null> {
  if (!isSealed(sealed)) return null;
  const iv = sealed.subarray(1, 1 + NONCE_BYTES);
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData: toBytes(place) },
      key,
      sealed.subarray(1 + NONCE_BYTES),
    );
    return new Uint8Array(plain);
  } catch {
    return null;
  }
}

function isSealed(value: unknown): value is Bytes {
  return value instanceof Uint8Array && value.length >= 1 + NONCE_BYTES + TAG_BYTES && value[0] === FORM;
}

/** In letters that keys of IndexedDB may hold as text. */
export function toLetters(bytes: Uint8Array): string {
  let letters = '';
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** `null`: they are not what `toLetters` gives. */
export function fromLetters(letters: string): Bytes | null {
  try {
    const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
