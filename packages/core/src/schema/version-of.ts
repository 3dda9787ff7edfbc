import { VERSION_FIELD, type FieldWrite, type LwwRecord, type Op } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';

/** The version before there are versions: what is not marked is of it. */
export const FIRST_VERSION = 1;

/** SC-10: the version of its map's schema that a record is of. */
export const recordVersion = (record: LwwRecord): number => versionIn(record.fields.get(VERSION_FIELD)?.value);

/** SC-10: the version of its map's schema that an op was written under. A removal, and what is no record's, is of any. */
export function opVersion(op: Op): number {
  if (op.kind !== 'create' && op.kind !== 'patch') return FIRST_VERSION;
  return versionIn(op.fields.find(({ name }) => name === VERSION_FIELD)?.value);
}

/** Whatever else somebody has put there says nothing. */
const versionIn = (value: Value | undefined): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > FIRST_VERSION ? value : FIRST_VERSION;

/** The fields of a write, marked as of this version. */
export function markFields(fields: readonly FieldWrite[], version: number): readonly FieldWrite[] {
  const unmarked = fields.some(({ name }) => name === VERSION_FIELD)
    ? fields.filter(({ name }) => name !== VERSION_FIELD)
    : fields;
  return version === FIRST_VERSION ? unmarked : [...unmarked, { name: VERSION_FIELD, value: version }];
}
