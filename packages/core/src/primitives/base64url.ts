import { err, ok, type Result } from './result.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const digitOf = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 64; digit += 1) digitOf[ALPHABET.charCodeAt(digit)] = digit;

/** RFC 4648 §5, without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = (bytes[i]! << 16) | ((left > 1 ? bytes[i + 1]! : 0) << 8) | (left > 2 ? bytes[i + 2]! : 0);
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!;
    if (left > 1) text += ALPHABET[(bits >> 6) & 63]!;
    if (left > 2) text += ALPHABET[bits & 63]!;
  }
  return text;
}

/** The inverse. Only the one text that {@link encodeBase64url} writes is taken, so equal bytes have equal text. */
export function decodeBase64url(text: string): Result<Uint8Array, 'not-base64url'> {
  const tail = text.length % 4;
  if (tail === 1) return err('not-base64url');
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const digit = unit < 128 ? digitOf[unit]! : -1;
    if (digit < 0) return err('not-base64url');
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at] = bits >> held;
      at += 1;
      bits &= (1 << held) - 1;
    }
  }
  return bits === 0 ? ok(bytes) : err('not-base64url');
}
