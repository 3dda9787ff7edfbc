import type { Stamp } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import { sameValue } from '../primitives/same-value.js';
import type { Value } from '../primitives/value.js';
import type { Existence, Expiry, LwwRecord, Register } from './lww-record.js';

/** The record of which nothing is known: the neutral element of {@link mergeRecords}. */
export const EMPTY_RECORD: LwwRecord = { existence: null, floor: '', fields: new Map(), expiry: null };

/**
 * CR-3, CR-8: the least state that holds what both hold. Commutative, associative, idempotent. Returns `a` itself when
 * `b` adds nothing to it, so identity tells whether anything changed.
 */
export function mergeRecords(a: LwwRecord, b: LwwRecord): LwwRecord {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  const existence = laterExistence(a.existence, b.existence);
  const floor = a.floor >= b.floor ? a.floor : b.floor;
  const fields = mergeFields(floor === a.floor ? a.fields : fieldsFrom(a.fields, floor), b.fields, floor);
  const expiry = laterExpiry(expiryFrom(a.expiry, floor), expiryFrom(b.expiry, floor));
  if (existence === a.existence && floor === a.floor && fields === a.fields && expiry === a.expiry) return a;
  return { existence, floor, fields, expiry };
}

const isEmpty = (record: LwwRecord): boolean =>
  record.existence === null && record.floor === '' && record.fields.size === 0 && record.expiry === null;

/** At one stamp a remove beats a create. Types do not meet in one map; were they to, the order is total all the same. */
const RANK: Readonly<Record<Existence['op'], number>> = { create: 0, set: 1, counter: 2, remove: 3 };

function laterExistence(a: Existence | null, b: Existence | null): Existence | null {
  if (a === null || b === null) return a ?? b;
  if (a.stamp !== b.stamp) return a.stamp > b.stamp ? a : b;
  return RANK[a.op] >= RANK[b.op] ? a : b;
}

const expiryFrom = (expiry: Expiry | null, floor: Stamp | ''): Expiry | null =>
  expiry === null || expiry.stamp >= floor ? expiry : null;

/** CR-9: the later one; at one stamp the later end wins, and none is least. */
export function laterExpiry(a: Expiry | null, b: Expiry | null): Expiry | null {
  if (a === null || b === null) return a ?? b;
  if (a.stamp !== b.stamp) return a.stamp > b.stamp ? a : b;
  return (a.at ?? -1) >= (b.at ?? -1) ? a : b;
}

/** The registers not below the floor. */
function fieldsFrom(fields: ReadonlyMap<string, Register>, floor: Stamp | ''): ReadonlyMap<string, Register> {
  const kept = new Map<string, Register>();
  for (const [name, register] of fields) if (register.stamp >= floor) kept.set(name, register);
  return kept.size === fields.size ? fields : kept;
}

/** `a` has nothing below the floor; `b` may. Copies `a` only when something of `b` wins. */
function mergeFields(
  a: ReadonlyMap<string, Register>,
  b: ReadonlyMap<string, Register>,
  floor: Stamp | '',
): ReadonlyMap<string, Register> {
  let merged: Map<string, Register> | null = null;
  b.forEach((register, name) => {
    if (register.stamp < floor || !beats(register, a.get(name))) return;
    merged ??= copyFields(a);
    merged.set(name, register);
  });
  return merged ?? a;
}

/** `new Map(fields)`, which takes half as long again. (And `for … of` makes an array of each entry.) */
export function copyFields(fields: ReadonlyMap<string, Register>): Map<string, Register> {
  const copy = new Map<string, Register>();
  fields.forEach((register, name) => copy.set(name, register));
  return copy;
}

/** Whether `register` takes the place of `held`: the later stamp wins, at one stamp the greater canonical encoding. */
export function beats(register: Register, held: Register | undefined): boolean {
  if (held === undefined) return true;
  if (register.stamp !== held.stamp) return register.stamp > held.stamp;
  if (register.value === held.value) return false;
  return encodingOf(register.value) > encodingOf(held.value);
}

/** An unset register encodes least. */
const encodingOf = (value: Value | undefined): string => (value === undefined ? '' : canonicalJson(value));

/**
 * What `after` holds beyond `before`, for an `after` that is `before` with something merged into it:
 * `mergeRecords(before, diffRecords(before, after))` is `after`.
 */
export function diffRecords(before: LwwRecord, after: LwwRecord): LwwRecord {
  if (before === after) return EMPTY_RECORD;
  const existence = sameExistence(before.existence, after.existence) ? null : after.existence;
  const floor = after.floor === before.floor ? '' : after.floor;
  const fields = new Map<string, Register>();
  for (const [name, register] of after.fields) {
    const held = before.fields.get(name);
    if (held === undefined || !sameRegister(held, register)) fields.set(name, register);
  }
  const expiry = sameExpiry(before.expiry, after.expiry) ? null : after.expiry;
  const delta = { existence, floor, fields, expiry };
  return isEmpty(delta) ? EMPTY_RECORD : delta;
}

/** Equality of state: the records' canonical forms are the same bytes. */
export function sameRecord(a: LwwRecord, b: LwwRecord): boolean {
  if (a === b) return true;
  if (a.floor !== b.floor || a.fields.size !== b.fields.size || !sameExistence(a.existence, b.existence)) return false;
  if (!sameExpiry(a.expiry, b.expiry)) return false;
  for (const [name, register] of a.fields) {
    const other = b.fields.get(name);
    if (other === undefined || !sameRegister(register, other)) return false;
  }
  return true;
}

export function sameExistence(a: Existence | null, b: Existence | null): boolean {
  return a === b || (a !== null && b !== null && a.stamp === b.stamp && a.op === b.op);
}

export function sameExpiry(a: Expiry | null, b: Expiry | null): boolean {
  return a === b || (a !== null && b !== null && a.stamp === b.stamp && a.at === b.at);
}

export function sameRegister(a: Register, b: Register): boolean {
  if (a === b) return true;
  if (a.stamp !== b.stamp) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return sameValue(a.value, b.value);
}
