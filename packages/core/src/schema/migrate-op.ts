import { SCALAR_FIELD, VERSION_FIELD, type CreateOp, type FieldWrite, type Op, type PatchOp } from '../crdt/index.js';
import { err, ok, setOwn, type PlainObject, type Result, type Value } from '../primitives/index.js';
import { dependsOn, findMissing } from './find-sources.js';
import type { MapSchema } from './map-schema.js';
import { fieldOf, migrationStep, type MigrateFields } from './migrate-fields.js';
import type { Migration } from './schema-types.js';
import { markFields, opVersion } from './version-of.js';

/** Why an op cannot be made one of a later version; a sentence. */
export type MigrationFailure = string;

/**
 * An op as it would have been written under a later version: id, stamp and key stay. It depends on the op alone, so client and server make the same of it. Of a
 * create the migration makes what it makes of a record. Of an edit it is given the fields that are set, and what follows from them is written: an edit of
 * a field that a later version makes of several others cannot be told from a part, and fails.
 */
export function migrateOp(schema: MapSchema, op: Op, to: number = schema.version): Result<Op, MigrationFailure> {
  if (schema.type !== 'record' || (op.kind !== 'create' && op.kind !== 'patch')) return ok(op);
  const from = opVersion(op);
  const isOneValue = op.fields.some(({ name }) => name === SCALAR_FIELD);
  if (from >= to || isOneValue || (op.kind === 'patch' && op.fields.length === 0)) return ok(op);
  let current: CreateOp | PatchOp = op;
  for (let version = from + 1; version <= to; version += 1) {
    const next = nextVersion(schema.migrations[version - 2]!, current, version);
    if (!next.ok) return next;
    current = next.value;
  }
  return ok(current);
}

type Edit = CreateOp | PatchOp;

function nextVersion(step: Migration, op: Edit, version: number): Result<Edit, MigrationFailure> {
  const migrate = migrationStep(step);
  const set = setFields(op);
  const made = migrate(set);
  if (made === null) return err(`what was written cannot be made into version ${version}`);
  if (op.kind === 'create') {
    return ok(
      withFields(
        op,
        Object.entries(made).map(([name, value]) => ({ name, value })),
        version,
      ),
    );
  }
  const written = editedFields(step, op, set, made);
  return written.ok ? ok(withFields(op, written.value, version)) : written;
}

const withFields = (op: Edit, fields: readonly FieldWrite[], version: number): Edit => ({
  ...op,
  fields: markFields(fields, version),
});

function editedFields(
  step: Migration,
  { fields }: PatchOp,
  set: PlainObject,
  made: PlainObject,
): Result<readonly FieldWrite[], MigrationFailure> {
  const named = fields.map(({ name }) => name).filter((name) => name !== VERSION_FIELD);
  const migrate = migrationStep(step);
  const missing = findMissing(step, set).filter((name) => !named.includes(name));
  const written: FieldWrite[] = [];
  for (const target of new Set([...Object.keys(made), ...targetsOf(migrate, named, set)])) {
    const isOwn = named.includes(target);
    if (!isOwn && !named.some((source) => dependsOn(migrate, set, made, target, source))) continue;
    const other = missing.find((source) => source !== target && dependsOn(migrate, set, made, target, source));
    if (other !== undefined) return err(`${target} is made of ${other} too, which this edit says nothing of`);
    written.push({ name: target, value: fieldOf(made, target) });
  }
  return ok(written);
}

/** Fields that are made when something is there, and are not made without it: what an edit unsets. */
function targetsOf(migrate: MigrateFields, named: readonly string[], set: PlainObject): readonly string[] {
  const unset = named.filter((name) => !Object.hasOwn(set, name));
  const whole: Record<string, Value> = { ...set };
  for (const name of unset) setOwn(whole, name, '\u0001');
  return unset.length === 0 ? [] : Object.keys(migrate(whole) ?? {});
}

function setFields({ fields }: Edit): PlainObject {
  const set: Record<string, Value> = {};
  for (const { name, value } of fields) if (value !== undefined && name !== VERSION_FIELD) setOwn(set, name, value);
  return set;
}
