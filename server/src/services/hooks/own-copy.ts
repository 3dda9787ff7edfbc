import type { Value } from '@topgun/core/primitives';

/** A value for code of the app: what it does to it must not reach the records and messages that hold the same objects. */
export const ownCopy = <T extends Value | undefined>(value: T): T =>
  typeof value === 'object' && value !== null ? structuredClone(value) : value;
