/**
 * Why storage takes no writes for now, though it may again while the server runs. What is damaged or replaced is none of these: there waiting
 * would help nobody.
 */
export type StorageTrouble = 'out-of-reach' | 'full' | 'read-only' | 'locked' | 'failing';

/** In a few words that strangers may read. */
export const TROUBLE_TEXTS: Readonly<Record<StorageTrouble, string>> = {
  'out-of-reach': 'the database is out of reach',
  full: 'the disk of the database is full',
  'read-only': 'the database takes no writes',
  locked: 'another process holds the database locked',
  failing: 'the disk of the database gives errors',
};

/** Of a call that cannot wait. */
export class StorageTroubleError extends Error {
  override readonly name = 'StorageTroubleError';
  readonly trouble: StorageTrouble;

  constructor(trouble: StorageTrouble, reason: string, cause: unknown) {
    super(reason, { cause });
    this.trouble = trouble;
  }
}
