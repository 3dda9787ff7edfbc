import { checkValue } from '../primitives/check-value.js';
import { err, ok, type Result } from '../primitives/result.js';
import { sameValue } from '../primitives/same-value.js';
import { isPlainObject, type PlainObject, type Value } from '../primitives/value.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize, SCALAR_FIELD, scalarOf, VERSION_FIELD } from './materialize.js';
import type { FieldWrite, OpBody } from './op.js';

/** Why a write is refused at the call. `path` leads to the place in what was handed over. */
export interface WriteError {
  readonly code:
    | 'invalid-value'
    | 'empty-field-name'
    | 'reserved-field'
    | 'not-an-object'
    | 'record-absent'
    | 'invalid-ttl'
    | 'too-large';
  readonly path: string;
  readonly message: string;
}

/** What a `set` says shall change. */
export interface SetPlan {
  /** `null`: it changes nothing. */
  readonly body: OpBody | null;
  /** Fields that get the value back which `earlier` had: a stale spread, most likely. */
  readonly revertsFields: readonly string[];
}

/**
 * CR-4, `update(key, prev => next)`: `next` is compared with what is visible here. `current` is the merged record of this
 * replica, absent when nothing is known of the key; `value` is what `change` gets, for callers that hold it already.
 */
export function planUpdate(
  current: LwwRecord | undefined,
  change: (previous: Value | undefined) => unknown,
  value: Value | undefined = materialize(current),
): Result<OpBody | null, WriteError> {
  const next = change(value);
  const plan = planSet(current, next);
  return plan.ok ? ok(plan.value.body) : plan;
}

/**
 * CR-4, `set(key, next, { base })`: stamps the fields that differ from `base` and unsets those `base` had and `next`
 * lacks; creates when the key is not visible here. Without `base` it is the value visible here. `earlier`, when known, is
 * the value before the latest change from elsewhere, and serves the warning alone.
 */
export function planSet(
  current: LwwRecord | undefined,
  next: unknown,
  base?: Value,
  earlier?: Value,
): Result<SetPlan, WriteError> {
  const shown = materialize(current);
  if (current === undefined || shown === undefined) {
    const fields = isPlainObject(next) ? newFields(next) : changedFields(NO_FIELDS, next);
    if (!fields.ok) return fields;
    const restart = current?.existence?.op === 'remove';
    return ok({ body: { kind: 'create', fields: fields.value, restart }, revertsFields: NONE });
  }
  if (isPlainObject(shown)) return planEdit(shown, next, base, earlier);
  const changed = changedFields(fieldsOf(base ?? shown), next);
  if (!changed.ok) return changed;
  const fields = changed.value;
  if (base === undefined) unsetHidden(current, next, fields);
  if (fields.length === 0) return ok({ body: null, revertsFields: [] });
  return ok({ body: { kind: 'patch', fields }, revertsFields: base === undefined ? reverted(fields, earlier) : [] });
}

/**
 * As `planSet` of a record that shows as `shown`, an object: what shows is at hand where the record may have to be merged first. It has to be as it was made:
 * of an object that somebody has altered since, only the record can tell.
 */
export function planEdit(
  shown: PlainObject,
  next: unknown,
  base: Value = shown,
  earlier?: Value,
): Result<SetPlan, WriteError> {
  const changed = changedFields(fieldsOf(base), next);
  if (!changed.ok) return changed;
  const fields = changed.value;
  if (fields.length === 0) return ok({ body: null, revertsFields: [] });
  return ok({ body: { kind: 'patch', fields }, revertsFields: base === shown ? reverted(fields, earlier) : [] });
}

/** CR-4, `patch(key, partial)`: stamps what it names, equal or not; never creates. */
export function planPatch(current: LwwRecord | undefined, partial: unknown): Result<OpBody | null, WriteError> {
  if (!isPlainObject(partial)) return refuse('not-an-object', '$', 'patch takes an object of fields');
  if (!isVisible(current)) return refuse('record-absent', '$', 'there is no record under this key to patch');
  const fields: FieldWrite[] = [];
  for (const [name, given] of Object.entries(partial as Record<string, unknown>)) {
    const value = fieldValue(name, given);
    if (!value.ok) return value;
    fields.push({ name, value: value.value });
  }
  return ok(fields.length === 0 ? null : { kind: 'patch', fields });
}

/**
 * A removal changes nothing where one is already the latest word. On a key of which nothing is known here it is an op all
 * the same: the record may exist elsewhere. So it is where the record's end has come, by a clock that may be wrong, and nobody has said more:
 * `held` is the record with or without a removal, whatever time it is (CR-9).
 */
export function planRemove(held: LwwRecord | undefined): Result<OpBody | null, WriteError> {
  return ok(held?.existence?.op === 'remove' ? null : { kind: 'remove' });
}

const NO_FIELDS: PlainObject = {};
const NONE: readonly string[] = [];

/** What is visible, as fields: a scalar is the one field `''`. */
const fieldsOf = (value: Value): PlainObject => (isPlainObject(value) ? value : { [SCALAR_FIELD]: value });

/** What has to be written to get an object where nothing is. */
function newFields(next: PlainObject): Result<FieldWrite[], WriteError> {
  let fields: FieldWrite[] = [];
  const names = Object.keys(next);
  const values: readonly unknown[] = Object.values(next);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const given = values[i];
    if (isScalar(given) && name !== SCALAR_FIELD && name !== VERSION_FIELD) {
      fields = append(fields, { name, value: given });
      continue;
    }
    const value = fieldValue(name, given);
    if (!value.ok) return value;
    if (value.value !== undefined) fields = append(fields, { name, value: value.value });
  }
  return ok(trimmed(fields));
}

/** Whether it is a value as it stands: most fields are. */
const isScalar = (given: unknown): given is string | boolean | number =>
  typeof given === 'string' || typeof given === 'boolean' || (Number.isFinite(given) && given !== 0);

/** An array that grew keeps room for sixteen more, and ops wait long. */
const trimmed = (fields: FieldWrite[]): FieldWrite[] => (fields.length < 2 ? fields : fields.slice());

/** What has to be written to get from `before` to what was handed over. A field that is the very value held is not looked into. */
function changedFields(before: PlainObject, next: unknown): Result<FieldWrite[], WriteError> {
  const heldNames = Object.keys(before);
  let fields: FieldWrite[] = [];
  let kept = 0;
  if (isPlainObject(next)) {
    // Taken apart at once, which takes half as long as one by one; most have the same fields in the same order.
    const names = Object.keys(next);
    const values: readonly unknown[] = Object.values(next);
    const heldValues = Object.values(before);
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const given = values[i];
      const held = heldNames[i] === name ? heldValues[i] : ownField(before, name);
      if (held !== undefined && given !== undefined) kept += 1;
      if (given === held && held !== undefined) continue;
      const value = fieldValue(name, given);
      if (!value.ok) return value;
      if (value.value === undefined) continue;
      if (held === undefined || !sameValue(held, value.value)) fields = append(fields, { name, value: value.value });
    }
  } else {
    const value = checkValue(next);
    if (!value.ok) return refuse('invalid-value', value.error.path, value.error.message);
    const held = ownField(before, SCALAR_FIELD);
    if (held === undefined || !sameValue(held, value.value)) fields.push({ name: SCALAR_FIELD, value: value.value });
  }
  if (kept < heldNames.length) {
    for (const name of heldNames) if (!hasField(next, name)) fields = append(fields, { name, value: undefined });
  }
  return ok(trimmed(fields));
}

/** An array that begins with its first item keeps no room for others. */
function append(fields: FieldWrite[], field: FieldWrite): FieldWrite[] {
  if (fields.length === 0) return [field];
  fields.push(field);
  return fields;
}

const ownField = (object: PlainObject, name: string): Value | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** Whether what was handed over has the field, a scalar being the one field `''`. */
const hasField = (next: unknown, name: string): boolean =>
  isPlainObject(next) ? Object.hasOwn(next, name) && next[name] !== undefined : name === SCALAR_FIELD;

/** `undefined` unsets the field. */
function fieldValue(name: string, given: unknown): Result<Value | undefined, WriteError> {
  if (name === SCALAR_FIELD) return refuse('empty-field-name', '$[""]', 'a field of a record has a name');
  if (name === VERSION_FIELD) return refuse('reserved-field', `$.${name}`, `a field is not named ${name}`);
  if (given === undefined) return ok(undefined);
  const value = checkValue(given);
  if (value.ok) return value;
  const field = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  return refuse('invalid-value', `$${field}${value.error.path.slice(1)}`, value.error.message);
}

/** A scalar that becomes an object must not show again the fields that the scalar had covered. */
function unsetHidden(current: LwwRecord, next: unknown, fields: FieldWrite[]): void {
  if (!isPlainObject(next) || scalarOf(current) === undefined) return;
  for (const [name, { value }] of current.fields) {
    const isShown = value !== undefined && name !== SCALAR_FIELD && name !== VERSION_FIELD;
    if (isShown && !hasField(next, name)) fields.push({ name, value: undefined });
  }
}

function reverted(fields: readonly FieldWrite[], earlier: Value | undefined): readonly string[] {
  if (earlier === undefined) return [];
  const old = fieldsOf(earlier);
  return fields
    .filter(({ name, value }) => {
      const was = ownField(old, name);
      return was === undefined || value === undefined ? was === value : sameValue(was, value);
    })
    .map(({ name }) => name);
}

const refuse = (code: WriteError['code'], path: string, message: string): Result<never, WriteError> =>
  err({ code, path, message });
