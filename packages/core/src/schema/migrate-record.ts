import type { Stamp } from '../clock/timestamp.js';
import { isVisible, SCALAR_FIELD, VERSION_FIELD, type LwwRecord, type Register } from '../crdt/index.js';
import { setOwn, type PlainObject, type Value } from '../primitives/index.js';
import { findSources } from './find-sources.js';
import type { MapSchema } from './map-schema.js';
import { fieldOf, isSameField, migrationBetween, type MigrateFields } from './migrate-fields.js';
import { recordVersion } from './version-of.js';

/**
 * A stored record as a later version of the schema has it; the record itself where there is nothing to do, or the migration fails. The same for everybody who
 * has the same record, whenever: no clock has a say. What the migration makes of a field has that field's stamp, so whoever wrote later still wins: of several
 * fields the latest of theirs; what it makes of none, the stamp of the record's creation, before which nobody can have edited it.
 *
 * Laws: once is enough; for a migration that makes each field of one field, merging before is merging after.
 */
export function migrateRecord(schema: MapSchema, record: LwwRecord, to: number = schema.version): LwwRecord {
  const from = recordVersion(record);
  const { existence } = record;
  if (from >= to || schema.type !== 'record' || existence?.op === 'set' || existence?.op === 'counter') return record;
  const fields = heldFields(record);
  // One value has no fields to be others, and of what does not show nothing may be left.
  if (fields === null || (Object.keys(fields).length === 0 && !isVisible(record))) return record;
  const migrate = migrationBetween(schema, from, to);
  const made = migrate(fields);
  if (made === null) return record;
  // Of what does not show only parts are there, and no defaults.
  const born = isVisible(record) ? existence!.stamp : null;
  const registers = new Map<string, Register>();
  for (const [name, register] of record.fields) if (register.value === undefined) registers.set(name, register);
  for (const [name, value] of Object.entries(made)) {
    const stamp = stampOf(record, { migrate, fields, made }, name, value, born);
    if (stamp !== null) registers.set(name, { stamp, value });
  }
  const marked = record.fields.get(VERSION_FIELD)?.stamp ?? '';
  const floor = born ?? latestOf(record, Object.keys(fields));
  registers.set(VERSION_FIELD, { stamp: (marked > floor ? marked : floor) as Stamp, value: to });
  return { ...record, fields: registers };
}

interface Made {
  readonly migrate: MigrateFields;
  readonly fields: PlainObject;
  readonly made: PlainObject;
}

function stampOf(
  record: LwwRecord,
  { migrate, fields, made }: Made,
  name: string,
  value: Value,
  born: Stamp | null,
): Stamp | null {
  const own = record.fields.get(name);
  if (isSameField(fieldOf(fields, name), value)) return own!.stamp;
  const latest = latestOf(record, findSources(migrate, fields, made, name));
  const stamp = latest === '' ? born : latest;
  return stamp !== null && own !== undefined && own.stamp > stamp ? own.stamp : stamp;
}

function latestOf({ fields }: LwwRecord, names: readonly string[]): Stamp | '' {
  let latest: Stamp | '' = '';
  for (const name of names) {
    const stamp = fields.get(name)?.stamp ?? '';
    if (stamp > latest) latest = stamp;
  }
  return latest;
}

/** `null`: it is one value. */
function heldFields({ fields }: LwwRecord): PlainObject | null {
  const held: Record<string, Value> = {};
  for (const [name, { value }] of fields) {
    if (name === SCALAR_FIELD && value !== undefined) return null;
    if (value !== undefined && name !== VERSION_FIELD) setOwn(held, name, value);
  }
  return held;
}
