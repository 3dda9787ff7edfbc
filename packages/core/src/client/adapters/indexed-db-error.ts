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

/** What an error on opening means. */
export function openError(error: unknown): StorageError {
  if (nameOf(error) === 'QuotaExceededError') return QUOTA;
  if (nameOf(error) === 'NewerFormatError') return NEWER_FORMAT;
  return { code: 'unavailable', message: `This browser gives no local storage: ${reasonOf(error)}` };
}
