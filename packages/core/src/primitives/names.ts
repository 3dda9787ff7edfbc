import { err, ok, type Result } from './result.js';
import { isWellFormed, utf8Length } from './utf8.js';

/** The default limit of a key, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

const MAP_NAME = /^[A-Za-z0-9_.:/-]{1,128}$/;

/** Map names are 1–128 of `A–Z a–z 0–9 _ - . : /`. */
export function isMapName(name: unknown): name is string {
  return typeof name === 'string' && MAP_NAME.test(name);
}

/** Why something is no key. */
export interface KeyError {
  readonly code: 'invalid-key' | 'key-too-long';
  readonly message: string;
}

/** A key is well-formed text of 1 to `maxBytes` bytes of UTF-8; `__proto__` is a key like any other. */
export function checkKey(key: unknown, maxBytes: number = MAX_KEY_BYTES): Result<string, KeyError> {
  if (typeof key !== 'string') return invalid(`a key is a string, not ${key === null ? 'null' : typeof key}`);
  if (key === '') return invalid('a key is not empty');
  // Three bytes per unit at most, so short keys need no count.
  if (key.length * 3 > maxBytes) {
    const bytes = utf8Length(key);
    if (bytes > maxBytes) {
      return err({ code: 'key-too-long', message: `a key has at most ${maxBytes} bytes; this one has ${bytes}` });
    }
  }
  if (!isWellFormed(key)) return invalid('a key is well-formed text: this one holds half of a surrogate pair');
  return ok(key);
}

const invalid = (message: string): Result<string, KeyError> => err({ code: 'invalid-key', message });
