import { SCALAR_FIELD, VERSION_FIELD } from '../crdt/index.js';
import { checkValue, isPlainObject, sameValue, setOwn, type PlainObject, type Value } from '../primitives/index.js';
import type { MapSchema } from './map-schema.js';
import type { Migration } from './schema-types.js';

/** Fields of a record, or of a part of one, as a later version has them; `null`: a migration has thrown, or has made what cannot be stored. */
export type MigrateFields = (fields: PlainObject) => PlainObject | null;

/** From one version to a later one, step by step. */
export function migrationBetween({ migrations }: MapSchema, from: number, to: number): MigrateFields {
  const steps = migrations.slice(from - 1, to - 1);
  return (fields) => {
    let current: PlainObject | null = fields;
    for (const step of steps) if (current !== null) current = stepFrom(step, current);
    return current;
  };
}

/** One step alone. */
export const migrationStep =
  (step: Migration): MigrateFields =>
  (fields) =>
    stepFrom(step, fields);

/** The function is the app's: it is given a copy, and what it makes is copied. */
function stepFrom(step: Migration, fields: PlainObject): PlainObject | null {
  const copy = checkValue(fields);
  if (!copy.ok) return null;
  let made: unknown;
  try {
    made = step(copy.value as PlainObject);
  } catch {
    return null;
  }
  const checked = checkValue(made);
  if (!checked.ok || !isPlainObject(checked.value)) return null;
  return Object.hasOwn(checked.value, SCALAR_FIELD) || Object.hasOwn(checked.value, VERSION_FIELD)
    ? null
    : checked.value;
}

export const fieldOf = (fields: PlainObject | null, name: string): Value | undefined =>
  fields !== null && Object.hasOwn(fields, name) ? fields[name] : undefined;

export const isSameField = (a: Value | undefined, b: Value | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameValue(a, b);

/** The fields with another value in one; `undefined`: without it. */
export function withField(fields: PlainObject, name: string, value: Value | undefined): PlainObject {
  const others: Record<string, Value> = {};
  for (const [other, held] of Object.entries(fields)) if (other !== name) setOwn(others, other, held);
  if (value !== undefined) setOwn(others, name, value);
  return others;
}
