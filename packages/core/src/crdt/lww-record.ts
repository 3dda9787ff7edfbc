import type { Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';

/** One last-writer-wins register. `value: undefined` is an unset field: it has a stamp and holds nothing. */
export interface Register {
  readonly stamp: Stamp;
  readonly value: Value | undefined;
}

/**
 * The latest word on what is under the key: a record (`create`), nothing any more (`remove`), an OR set (`set`), a counter.
 * One state has one type, since a map has (CR-6, CR-7); its registers are read accordingly.
 */
export interface Existence {
  readonly stamp: Stamp;
  readonly op: 'create' | 'remove' | 'set' | 'counter';
}

/** CR-9: when the record ends. `at`: ms since 1970 by the server's clock; `null`: never, though it may have been set before. */
export interface Expiry {
  readonly stamp: Stamp;
  readonly at: number | null;
}

/**
 * CR-3: the state of one record, and equally the delta of one op (an op is a small record; applying it is merging it).
 * Immutable. Invariants: no register's stamp is below `floor`; `floor` only grows under merge.
 */
export interface LwwRecord {
  /** `null`: nothing has been seen that says what it is; such a record is never visible. */
  readonly existence: Existence | null;
  /** `''` while nothing was ever removed. */
  readonly floor: Stamp | '';
  readonly fields: ReadonlyMap<string, Register>;
  /** A register like any field, outside of the app's names. `null`: nobody has ever set one in this life. */
  readonly expiry: Expiry | null;
}
