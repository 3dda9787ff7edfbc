import type { StorageError } from '../ports/storage.js';
import { OUTDATED } from '../storage/lead.js';

/** The name of a DOMException or of a Dexie error, which wraps one. */
function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { name, inner } = error as { readonly name?: unknown; readonly inner?: unknown };
  const innerName = nameOf(inner);
  return innerName !== '' ? innerName : typeof name === 'string' ? name : '';
}

const reasonOf = (error: unknown): string =>
  error instanceof Error || error instanceof DOMException ? error.message : String(error);

const QUOTA: StorageError = {
  code: 'quota',
  message: 'This device has no room left for the data of this site.',
};

/** What an error of a transaction means. `lost` stands for: the connection is gone, another may do. */
export function transactionError(error: unknown): StorageError {
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return QUOTA;
    case 'OutdatedError':
      return OUTDATED;
    case 'InvalidStateError':
    case 'DatabaseClosedError':
    case 'AbortError':
      return { code: 'lost', message: 'The browser closed the local database.' };
    default:
      return { code: 'failed', message: `The local database did not take this: ${reasonOf(error)}` };
  }
}

const NEWER_FORMAT: StorageError = {
  code: 'newer-format',
  message:
    'A newer version of this app has stored its data on this device. They are left as they are: load this page again, or what is written in it is gone with it.',
};

const LEFT_AS_IT_IS = 'It is left as it is, and what is written in this page is gone with it.';

/** What an error on opening means. */
export function openError(error: unknown): StorageError {
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return QUOTA;
    case 'NewerFormatError':
      return NEWER_FORMAT;
    case 'NoKeyError':
      return {
        code: 'no-key',
        message: `What is stored on this device is encrypted, and there is no key to it: ${reasonOf(error)}. ${LEFT_AS_IT_IS}`,
      };
    case 'WrongKeyError':
      return {
        code: 'wrong-key',
        message: `What is stored on this device does not open with the key that was given. ${LEFT_AS_IT_IS}`,
      };
    case 'DamagedDatabaseError':
      return {
        code: 'corrupt',
        message: `What is stored on this device has been changed by something else than this app. ${LEFT_AS_IT_IS}`,
      };
    default:
      return { code: 'unavailable', message: `This browser gives no local storage: ${reasonOf(error)}` };
  }
}
