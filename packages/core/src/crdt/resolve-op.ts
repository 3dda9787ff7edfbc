import type { Stamp } from '../clock/timestamp.js';
import { sameValue } from '../primitives/same-value.js';
import { isPlainObject, setOwn, type PlainObject, type Value } from '../primitives/value.js';
import type { MapResolvers } from './define-resolvers.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize, SCALAR_FIELD } from './materialize.js';
import type { CreateOp, FieldWrite, Op, PatchOp } from './op.js';
import type { Resolver } from './resolver.js';

/** What resolvers make of an op. */
export type ResolvedOp =
  /** It writes nothing that has a value and a resolver. */
  | { readonly type: 'as-sent' }
  | { readonly type: 'refused'; readonly reason: string }
  /**
   * `op` is taken in its place. `raised`: what a field is to hold beside that, though its register is later than the op: it needs a write of its
   * own, after `after`.
   */
  | { readonly type: 'resolved'; readonly op: CreateOp | PatchOp; readonly raised: RaisedFields | null };

export interface RaisedFields {
  readonly fields: readonly FieldWrite[];
  readonly after: Stamp;
}

/**
 * RS-3: what an op that is to be merged into `before` comes to. What is stored are registers as any others, which merge by stamps (CR-8), so that whoever
 * knows no resolvers agrees all the same. Pure; an exception is a resolver's own.
 */
export function resolveOp(resolvers: MapResolvers, before: LwwRecord | undefined, op: Op): ResolvedOp {
  if ((op.kind !== 'create' && op.kind !== 'patch') || before === undefined || !isVisible(before)) return AS_SENT;
  // It belongs to a life that is over.
  if (op.stamp < before.floor) return AS_SENT;
  const { record, fields = {} } = resolvers;
  if (record !== undefined) return resolveRecord(record, before, op);
  const writes: FieldWrite[] = [];
  const raised: FieldWrite[] = [];
  let after: Stamp | '' = '';
  let isSame = true;
  for (const write of op.fields) {
    const resolver = Object.hasOwn(fields, write.name) ? fields[write.name] : undefined;
    const register = before.fields.get(write.name);
    const current = survives(register, op) ? register.value : undefined;
    if (resolver === undefined || register === undefined || current === undefined) {
      writes.push(write);
      continue;
    }
    // It is not unset by itself: it goes with its record.
    const resolution = resolver.resolve(current, write.value ?? current);
    if (resolution.type === 'refused') return refused(write.name, resolution.reason);
    const { value } = resolution;
    const isKept = sameValue(value, current);
    if (!isKept && register.stamp < op.stamp) {
      writes.push({ name: write.name, value });
      isSame &&= write.value !== undefined && sameValue(value, write.value);
      continue;
    }
    isSame = false;
    if (isKept) continue;
    raised.push({ name: write.name, value });
    if (register.stamp > after) after = register.stamp;
  }
  if (isSame) return AS_SENT;
  return {
    type: 'resolved',
    op: { ...op, fields: writes },
    raised: after === '' ? null : { fields: raised, after },
  };
}

const AS_SENT: ResolvedOp = { type: 'as-sent' };

const refused = (name: string, reason: string): ResolvedOp => ({
  type: 'refused',
  reason: name === SCALAR_FIELD ? reason : `${name}: ${reason}`,
});

/** Beginning the record anew (CR-3) ends what was written before. */
const survives = (
  register: { readonly stamp: Stamp; readonly value: Value | undefined } | undefined,
  op: CreateOp | PatchOp,
): register is { readonly stamp: Stamp; readonly value: Value | undefined } =>
  register !== undefined && !(op.kind === 'create' && op.restart && register.stamp < op.stamp);

/** The record as it is, and as the op would have it, whatever the stamps. */
function resolveRecord(resolver: Resolver, before: LwwRecord, op: CreateOp | PatchOp): ResolvedOp {
  const current = materialize(before);
  if (current === undefined || (op.kind === 'create' && op.restart)) return AS_SENT;
  const resolution = resolver.resolve(current, written(current, op.fields));
  if (resolution.type === 'refused') return refused(SCALAR_FIELD, resolution.reason);
  const writes: FieldWrite[] = [];
  const raised: FieldWrite[] = [];
  let after: Stamp | '' = '';
  for (const write of differences(current, resolution.value)) {
    const register = before.fields.get(write.name);
    if (register === undefined || register.stamp < op.stamp) writes.push(write);
    else {
      raised.push(write);
      if (register.stamp > after) after = register.stamp;
    }
  }
  if (after === '' && isSameWrite(writes, op.fields)) return AS_SENT;
  return { type: 'resolved', op: { ...op, fields: writes }, raised: after === '' ? null : { fields: raised, after } };
}

/** What is left of these writes to a record that shows as `current`; `null`: they are refused. */
export function resolvedFields(
  resolver: Resolver,
  current: Value,
  fields: readonly FieldWrite[],
): readonly FieldWrite[] | null {
  const resolution = resolver.resolve(current, written(current, fields));
  return resolution.type === 'refused' ? null : differences(current, resolution.value);
}

function differences(from: Value, to: Value): FieldWrite[] {
  const [before, after] = [fieldsOf(from), fieldsOf(to)];
  const writes: FieldWrite[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = own(after, name);
    if (!isSame(own(before, name), value)) writes.push({ name, value });
  }
  return writes;
}

const fieldsOf = (value: Value): PlainObject => (isPlainObject(value) ? value : { [SCALAR_FIELD]: value });
const own = (object: PlainObject, name: string): Value | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

function written(current: Value, fields: readonly FieldWrite[]): Value {
  const scalar = fields.find(({ name }) => name === SCALAR_FIELD);
  if (scalar?.value !== undefined) return scalar.value;
  const result: { [name: string]: Value } = {};
  const changed = new Map(fields.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(isPlainObject(current) ? current : {})) {
    if (!changed.has(name)) setOwn(result, name, value);
  }
  for (const [name, value] of changed) if (value !== undefined) setOwn(result, name, value);
  return result;
}

const isSameWrite = (a: readonly FieldWrite[], b: readonly FieldWrite[]): boolean =>
  a.length === b.length &&
  a.every(({ name, value }) => b.some((other) => other.name === name && isSame(value, other.value)));

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameValue(a, b);
