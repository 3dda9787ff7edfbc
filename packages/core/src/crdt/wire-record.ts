import { isStamp } from '../clock/stamp.js';
import type { Stamp } from '../clock/timestamp.js';
import { canonicalText } from '../primitives/canonical-json.js';
import { decodeValue, encodeValue, type JsonValue } from '../primitives/encode-value.js';
import { err, ok, type Result } from '../primitives/result.js';
import type { Value } from '../primitives/value.js';
import { isExpiryTime } from './expiry.js';
import type { Existence, Expiry, LwwRecord, Register } from './lww-record.js';
import { EMPTY_RECORD, sameExistence, sameExpiry, sameRegister } from './record-merge.js';
import { issue, type WireIssue } from './wire-error.js';

/**
 * A record, or a delta of one, as JSON. Fields are sorted by name; a field stamp that equals the existence stamp is
 * written `''`; an unset register has no third element; a record without an expiry register has no fifth. One record has
 * one wire form, up to the order of properties inside values.
 */
export type WireRecord =
  | readonly [existence: Stamp | '', kind: WireExistence, floor: Stamp | '', fields: readonly WireRegister[]]
  | readonly [
      existence: Stamp | '',
      kind: WireExistence,
      floor: Stamp | '',
      fields: readonly WireRegister[],
      expiry: WireExpiry,
    ];

/** CR-9. The stamp is `''` where it equals the existence stamp. */
export type WireExpiry = readonly [stamp: Stamp | '', at: number | null];

/** What exists: 0 nothing (any more), 1 a record, 2 an OR set, 3 a counter. */
export type WireExistence = 0 | 1 | 2 | 3;

const EXISTENCE: readonly Existence['op'][] = ['remove', 'create', 'set', 'counter'];

const existenceToWire = (existence: Existence | null): WireExistence =>
  existence === null ? 0 : (EXISTENCE.indexOf(existence.op) as WireExistence);

export type WireRegister =
  | readonly [name: string, stamp: Stamp | '']
  | readonly [name: string, stamp: Stamp | '', value: JsonValue];

export function encodeRecord(record: LwwRecord): WireRecord {
  return encodeDelta(EMPTY_RECORD, record);
}

/** `encodeRecord(diffRecords(before, after))`, in one pass. */
export function encodeDelta(before: LwwRecord, after: LwwRecord): WireRecord {
  const existence = sameExistence(before.existence, after.existence) ? null : after.existence;
  const existenceStamp = existence?.stamp ?? '';
  let fields: WireRegister[] | null = null;
  // What is written is mostly in order already: every copy of a record keeps the order of its fields.
  let isSorted = true;
  let last = '';
  after.fields.forEach((register, name) => {
    const held = before.fields.get(name);
    if (held !== undefined && sameRegister(held, register)) return;
    const stamp = register.stamp === existenceStamp ? '' : register.stamp;
    const wire: WireRegister =
      register.value === undefined ? [name, stamp] : [name, stamp, encodeValue(register.value)];
    // Of most deltas it is the only one, and a list that grows has room for many.
    if (fields === null) fields = [wire];
    else fields.push(wire);
    isSorted &&= last <= name;
    last = name;
  });
  const told: WireRegister[] = fields ?? [];
  if (!isSorted) told.sort(([a], [b]) => (a < b ? -1 : 1));
  const kind = existenceToWire(existence);
  const floor = after.floor === before.floor ? '' : after.floor;
  if (after.expiry === null || sameExpiry(before.expiry, after.expiry)) return [existenceStamp, kind, floor, told];
  return [existenceStamp, kind, floor, told, encodeExpiry(after.expiry, existenceStamp)];
}

/** Whether a register in it is stamped before `bound`. */
export function hasStampBefore([existence, , , fields, expiry]: WireRecord, bound: Stamp | ''): boolean {
  const isBefore = (stamp: Stamp | ''): boolean => stamp !== '' && stamp < bound;
  if (bound === '') return false;
  return isBefore(existence) || fields.some(([, stamp]) => isBefore(stamp)) || isBefore(expiry?.[0] ?? '');
}

/** Whether it says nothing: the delta of a record and itself. */
export const isEmptyWireRecord = ([existence, , floor, fields, expiry]: WireRecord): boolean =>
  existence === '' && floor === '' && fields.length === 0 && expiry === undefined;

const encodeExpiry = ({ stamp, at }: Expiry, existence: Stamp | ''): WireExpiry => [
  stamp === existence ? '' : stamp,
  at,
];

/** CR-8: the one text of a state; equal states give equal bytes. */
export function canonicalRecord(record: LwwRecord): string {
  const wire = encodeRecord(record);
  // Only inside values is there an order to make.
  return hasNestedValues(record) ? canonicalText(wire) : JSON.stringify(wire);
}

function hasNestedValues(record: LwwRecord): boolean {
  for (const { value } of record.fields.values()) if (typeof value === 'object' && value !== null) return true;
  return false;
}

/**
 * Whether something has the form of a {@link WireRecord}: every part but what the values contain. The fast look that
 * a message gets as it arrives; {@link decodeRecord} judges the values too.
 */
export function checkWireRecord(wire: unknown): WireIssue | null {
  if (!Array.isArray(wire) || wire.length < 4 || wire.length > 5) return issue('', 'a record is an array of 4 or 5');
  const [existence, kind, floor, fields, expiry] = wire as readonly unknown[];
  if (existence !== '' && !isStamp(existence)) return issue('[0]', 'not a stamp');
  if (kind !== 0 && kind !== 1 && kind !== 2 && kind !== 3) return issue('[1]', '0, 1, 2 or 3 is expected');
  if (existence === '' && kind !== 0) return issue('[1]', 'created, but without a stamp');
  if (floor !== '' && !isStamp(floor)) return issue('[2]', 'not a stamp');
  if (!Array.isArray(fields)) return issue('[3]', 'an array of fields is expected');
  let previous: string | null = null;
  for (let i = 0; i < fields.length; i += 1) {
    const field = fields[i] as unknown;
    if (!Array.isArray(field) || (field.length !== 2 && field.length !== 3)) {
      return issue(`[3][${i}]`, 'a field is [name, stamp] or [name, stamp, value]');
    }
    const [name, stamp] = field as readonly unknown[];
    if (typeof name !== 'string') return issue(`[3][${i}][0]`, 'a name is a string');
    if (previous !== null && name <= previous) return issue(`[3][${i}][0]`, 'fields are sorted by name, each once');
    previous = name;
    const wrong = stampFault(stamp, existence, floor);
    if (wrong !== null) return issue(`[3][${i}][1]`, wrong);
  }
  return wire.length === 4 ? null : checkExpiry(expiry, existence, floor);
}

function checkExpiry(expiry: unknown, existence: Stamp | '', floor: Stamp | ''): WireIssue | null {
  if (!Array.isArray(expiry) || expiry.length !== 2) return issue('[4]', 'an expiry is [stamp, time or null]');
  const [stamp, at] = expiry as readonly unknown[];
  const wrong = stampFault(stamp, existence, floor);
  if (wrong !== null) return issue('[4][0]', wrong);
  return at === null || isExpiryTime(at) ? null : issue('[4][1]', 'a time is a whole number of ms since 1970, or null');
}

/** What is wrong with a register's stamp, if anything. */
function stampFault(stamp: unknown, existence: Stamp | '', floor: Stamp | ''): string | null {
  if (stamp !== '' && stamp === existence) return 'the existence stamp is written as an empty text';
  const full = stamp === '' ? existence : stamp;
  if (!isStamp(full)) return 'not a stamp';
  return full < floor ? 'the stamp is below the floor' : null;
}

/** Reads what {@link encodeRecord} writes; anything else is a typed error that names the place. */
export function decodeRecord(wire: unknown): Result<LwwRecord, WireIssue> {
  const wrong = checkWireRecord(wire);
  return wrong === null ? readRecord(wire as WireRecord) : err(wrong);
}

/** As {@link decodeRecord}, for what {@link checkWireRecord} has taken: only the values are left to judge. */
export function readRecord(wire: WireRecord): Result<LwwRecord, WireIssue> {
  const [existence, kind, floor, wireFields, expiry] = wire;
  const fields = new Map<string, Register>();
  for (let i = 0; i < wireFields.length; i += 1) {
    const [name, stamp, json] = wireFields[i]!;
    let value: Value | undefined;
    if (wireFields[i]!.length === 3) {
      const decoded = decodeValue(json);
      if (!decoded.ok) return err(issue(`[3][${i}][2]${decoded.error.path.slice(1)}`, decoded.error.message));
      value = decoded.value;
    }
    fields.set(name, { stamp: stamp === '' ? (existence as Stamp) : stamp, value });
  }
  return ok({
    existence: existence === '' ? null : { stamp: existence, op: EXISTENCE[kind]! },
    floor,
    fields,
    expiry: expiry === undefined ? null : { stamp: expiry[0] === '' ? (existence as Stamp) : expiry[0], at: expiry[1] },
  });
}
