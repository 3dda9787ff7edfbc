import type { Value } from '../primitives/index.js';

/** A record with its key, as a view shows it. The object stays the same while the record does. */
export interface Entry {
  readonly key: string;
  readonly value: Value;
}

/** What happened to one record; `undefined` on a side means that it was not, or is no longer, visible. */
export interface Change {
  readonly key: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}
