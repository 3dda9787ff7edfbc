import { isStamp, stampReplica } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { assertNever } from '../primitives/assert-never.js';
import { decodeValue, encodeValue, type JsonValue } from '../primitives/encode-value.js';
import { checkKey, isMapName, MAX_KEY_BYTES } from '../primitives/names.js';
import { ok, type Result } from '../primitives/result.js';
import { isPlainObject, type Value } from '../primitives/value.js';
import { isExpiryTime } from './expiry.js';
import { SCALAR_FIELD } from './materialize.js';
import type { CountOp, CreateOp, FieldWrite, Op, PatchOp } from './op.js';
import { issue, refuse, type OpError, type WireIssue } from './wire-error.js';
import { checkSetPayload, setOpToWire, wireToSetOp, type WireSetOp } from './wire-set-op.js';

/** `c` create, `r` create that restarts, `p` patch, `d` remove; `a` add to a set, `x` discard from it; `n` count. */
export type WireOpKind = 'c' | 'r' | 'p' | 'd' | 'a' | 'x' | 'n';

/** A field's name and new value; without the value the field is unset. */
export type WireFieldWrite = readonly [name: string] | readonly [name: string, value: JsonValue];

/** An op as JSON. Its replica and partition are said once for a batch of them. Only a remove has no fields. */
export type WireOp =
  | readonly [seq: number, stamp: Stamp, map: string, key: string, kind: 'd']
  | readonly [
      seq: number,
      stamp: Stamp,
      map: string,
      key: string,
      kind: 'c' | 'r' | 'p',
      fields: readonly WireFieldWrite[],
    ]
  | readonly [
      seq: number,
      stamp: Stamp,
      map: string,
      key: string,
      kind: 'c' | 'r' | 'p',
      fields: readonly WireFieldWrite[],
      expiresAt: number | null,
    ]
  | WireSetOp
  | WireCountOp;

export type WireCountOp = readonly [
  seq: number,
  stamp: Stamp,
  map: string,
  key: string,
  kind: 'n',
  delta: readonly number[],
];

export function opToWire(op: Op): WireOp {
  switch (op.kind) {
    case 'remove':
      return [op.seq, op.stamp, op.map, op.key, 'd'];
    case 'create':
      return fieldsToWire(op, op.restart ? 'r' : 'c');
    case 'patch':
      return fieldsToWire(op, 'p');
    case 'add':
    case 'discard':
      return setOpToWire(op);
    case 'count':
      return [op.seq, op.stamp, op.map, op.key, 'n', [op.delta]];
    default:
      return assertNever(op);
  }
}

function fieldsToWire(op: CreateOp | PatchOp, kind: 'c' | 'r' | 'p'): WireOp {
  const fields = op.fields.map(fieldToWire);
  if (op.expiresAt === undefined) return [op.seq, op.stamp, op.map, op.key, kind, fields];
  return [op.seq, op.stamp, op.map, op.key, kind, fields, op.expiresAt];
}

const fieldToWire = ({ name, value }: FieldWrite): WireFieldWrite =>
  value === undefined ? [name] : [name, encodeValue(value)];

/** Whether something has the form of a {@link WireOp}. Says nothing of names, keys and values: see {@link wireToOp}. */
export function checkWireOp(wire: unknown): WireIssue | null {
  if (!Array.isArray(wire) || wire.length < 5) return issue('', 'an op is an array of 5 to 7');
  const [seq, stamp, map, key, kind, fields, expiresAt] = wire as readonly unknown[];
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return issue('[0]', 'a sequence is a positive integer');
  if (!isStamp(stamp)) return issue('[1]', 'not a stamp');
  if (typeof map !== 'string') return issue('[2]', 'a map name is a string');
  if (typeof key !== 'string') return issue('[3]', 'a key is a string');
  if (kind === 'd') return wire.length === 5 ? null : issue('[5]', 'a remove has no fields');
  if (kind === 'a' || kind === 'x' || kind === 'n') return checkPayload(kind, wire.length, fields);
  if (kind !== 'c' && kind !== 'r' && kind !== 'p') return issue('[4]', 'the kind is c, r, p, d, a, x or n');
  if (wire.length < 6 || wire.length > 7 || !Array.isArray(fields))
    return issue('[5]', 'an array of fields is expected');
  if (wire.length === 7 && expiresAt !== null && !Number.isFinite(expiresAt))
    return issue('[6]', 'a time is a number or null');
  for (let i = 0; i < fields.length; i += 1) {
    const field = fields[i] as unknown;
    const isField = Array.isArray(field) && (field.length === 1 || field.length === 2) && typeof field[0] === 'string';
    if (!isField) return issue(`[5][${i}]`, 'a field is [name] or [name, value]');
  }
  return null;
}

function checkPayload(kind: 'a' | 'x' | 'n', length: number, payload: unknown): WireIssue | null {
  if (length !== 6 || !Array.isArray(payload)) return issue('[5]', 'an array is expected');
  if (kind !== 'n') return checkSetPayload(payload);
  return payload.length === 1 ? null : issue('[5]', 'one delta is expected');
}

export interface WireOpLimits {
  readonly keyBytes: number;
  /** HK-3: of a patch that was taken nothing may be left. Nobody submits one like that. */
  readonly allowsEmptyPatch?: boolean;
}

/** The op, with every name, key and value judged. An op whose stamp another replica made is `invalid-op`. */
export function wireToOp(
  replica: ReplicaId,
  wire: WireOp,
  limits: WireOpLimits = { keyBytes: MAX_KEY_BYTES },
): Result<Op, OpError> {
  const [seq, stamp, map, key, kind] = wire;
  if (stampReplica(stamp) !== replica) return refuse('invalid-op', '[1]', 'the stamp was made by another replica');
  if (!isMapName(map)) return refuse('map-name', '[2]', 'a map name is 1 to 128 of A–Z a–z 0–9 _ - . : /');
  // The counter of a name without a colon has the empty key.
  const checked = kind === 'n' && key === '' ? ok(key) : checkKey(key, limits.keyBytes);
  if (!checked.ok) {
    return refuse(checked.error.code === 'key-too-long' ? 'too-large' : 'invalid-key', '[3]', checked.error.message);
  }
  if (kind === 'd') return ok({ kind: 'remove', replica, seq, stamp, map, key });
  if (kind === 'a' || kind === 'x') return wireToSetOp({ replica, seq, stamp, map, key }, wire);
  if (kind === 'n') return wireToCount({ replica, seq, stamp, map, key }, wire[5]);
  const fields = decodeFields(wire[5]);
  if (!fields.ok) return fields;
  const expiresAt = wire[6];
  if (expiresAt !== undefined && expiresAt !== null && !isExpiryTime(expiresAt)) {
    return refuse('invalid-op', '[6]', 'a time is a whole number of ms since 1970');
  }
  if (kind === 'p' && fields.value.length === 0 && expiresAt === undefined && limits.allowsEmptyPatch !== true) {
    return refuse('invalid-op', '[5]', 'a patch writes at least one field');
  }
  const op: Op =
    kind === 'p'
      ? { kind: 'patch', replica, seq, stamp, map, key, fields: fields.value }
      : { kind: 'create', replica, seq, stamp, map, key, fields: fields.value, restart: kind === 'r' };
  return ok(expiresAt === undefined ? op : { ...op, expiresAt });
}

const FEW_FIELDS = 8;

function isNamedBefore(wire: readonly WireFieldWrite[], at: number): boolean {
  for (let i = 0; i < at; i += 1) if (wire[i]![0] === wire[at]![0]) return true;
  return false;
}

function wireToCount(id: Omit<CountOp, 'kind' | 'delta'>, [delta]: readonly number[]): Result<Op, OpError> {
  if (Number.isSafeInteger(delta) && delta !== 0) return ok({ kind: 'count', ...id, delta: delta! });
  return refuse('invalid-value', '[5][0]', 'a delta is a whole number, and not 0');
}

function decodeFields(wire: readonly WireFieldWrite[]): Result<readonly FieldWrite[], OpError> {
  let fields: FieldWrite[] | null = null;
  // To look through a few names costs less than to make a set of them.
  const names = wire.length > FEW_FIELDS ? new Set<string>() : null;
  for (let i = 0; i < wire.length; i += 1) {
    const field = wire[i]!;
    const name = field[0];
    if (names?.has(name) ?? isNamedBefore(wire, i)) {
      return refuse('invalid-op', `[5][${i}][0]`, 'the field is named twice');
    }
    names?.add(name);
    let value: Value | undefined;
    if (field.length === 2) {
      const decoded = decodeValue(field[1]);
      if (!decoded.ok)
        return refuse('invalid-value', `[5][${i}][1]${decoded.error.path.slice(1)}`, decoded.error.message);
      value = decoded.value;
      if (name === SCALAR_FIELD && isPlainObject(value)) {
        return refuse('invalid-op', `[5][${i}][1]`, 'an object is written as its fields');
      }
    }
    // Most have one, and a list that grows has room for many.
    if (fields === null) fields = [{ name, value }];
    else fields.push({ name, value });
  }
  return ok(fields ?? []);
}
