/**
 * A bucket, as far as the drivers here need one: whole objects, and writes that happen only if nobody else was there before. All but `list` are
 * about one key. Every call may reject with an `ObjectStoreError`.
 */
export interface ObjectStore {
  /** `null`: there is none. */
  get(key: string): Promise<StoredObject | null>;
  /** Writes where there is nothing. `exists`: there is something, and nothing was written. */
  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;
  /** Writes in the place of the object with this tag. `changed`: it is another one by now, or gone, and nothing was written. */
  replace(key: string, bytes: Uint8Array, tag: string): Promise<'replaced' | 'changed'>;
  /** The keys that begin so, in the order of their bytes, those after `after`; some of them, at least one when there is one. */
  list(prefix: string, after: string): Promise<readonly ListedObject[]>;
  /** Those that are not there any more are no error. */
  remove(keys: readonly string[]): Promise<void>;
  close(): void;
}

export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Another one for other content. */
  readonly tag: string;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
}

/**
 * - `unreachable`: nobody answered, or not in time, or that it cannot now: whether it was done is not known; later it may be possible
 * - `denied`, `no-bucket`: it was not done, and will not be as things are
 * - `failed`: it was not done, for any other reason
 */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly code: 'unreachable' | 'denied' | 'no-bucket' | 'failed';

  constructor(code: ObjectStoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const isUnreachable = (error: unknown): boolean =>
  error instanceof ObjectStoreError && error.code === 'unreachable';
