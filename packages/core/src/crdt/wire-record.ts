import { isStamp } from '../clock/stamp.js';
import type { Stamp } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import { decodeValue, encodeValue, type JsonValue } from '../primitives/encode-value.js';
import { err, ok, type Result } from '../primitives/result.js';
import type { Value } from '../primitives/value.js';
import type { LwwRecord, Register } from './lww-record.js';
import { issue, type WireIssue } from './wire-error.js';

/**
 * A record, or a delta of one, as JSON. Fields are sorted by name; a field stamp that equals the existence stamp is
 * written `''`; an unset register has no third element. One record has one wire form, up to the order of properties
 * inside values.
 */
export type WireRecord = readonly [
  existence: Stamp | '',
  created: 0 | 1,
  floor: Stamp | '',
  fields: readonly WireRegister[],
];

export type WireRegister =
  | readonly [name: string, stamp: Stamp | '']
  | readonly [name: string, stamp: Stamp | '', value: JsonValue];

export function encodeRecord(record: LwwRecord): WireRecord {
  const existence = record.existence?.stamp ?? '';
  const fields = sortedFields(record).map(([name, register]): WireRegister => {
    const stamp = register.stamp === existence ? '' : register.stamp;
    return register.value === undefined ? [name, stamp] : [name, stamp, encodeValue(register.value)];
  });
  return [existence, record.existence?.op === 'create' ? 1 : 0, record.floor, fields];
}

/** CR-8: the one text of a state; equal states give equal bytes. */
export function canonicalRecord(record: LwwRecord): string {
  const existence = record.existence?.stamp ?? '';
  const fields = sortedFields(record).map(([name, { stamp, value }]) => {
    const parts = [JSON.stringify(name), stamp === existence ? '""' : JSON.stringify(stamp)];
    if (value !== undefined) parts.push(canonicalJson(value));
    return `[${parts.join(',')}]`;
  });
  const created = record.existence?.op === 'create' ? 1 : 0;
  return `["${existence}",${created},"${record.floor}",[${fields.join(',')}]]`;
}

const sortedFields = (record: LwwRecord): readonly (readonly [string, Register])[] =>
  [...record.fields].sort(([a], [b]) => (a < b ? -1 : 1));

/** Reads what {@link encodeRecord} writes; anything else is a typed error that names the place. */
export function decodeRecord(wire: unknown): Result<LwwRecord, WireIssue> {
  if (!Array.isArray(wire) || wire.length !== 4) return err(issue('', 'a record is an array of 4'));
  const [existence, created, floor, wireFields] = wire as readonly unknown[];
  if (existence !== '' && !isStamp(existence)) return err(issue('[0]', 'not a stamp'));
  if (created !== 0 && created !== 1) return err(issue('[1]', '0 or 1 is expected'));
  if (existence === '' && created === 1) return err(issue('[1]', 'created, but without a stamp'));
  if (floor !== '' && !isStamp(floor)) return err(issue('[2]', 'not a stamp'));
  if (!Array.isArray(wireFields)) return err(issue('[3]', 'an array of fields is expected'));
  const fields = decodeFields(wireFields, existence, floor);
  if (!fields.ok) return fields;
  return ok({
    existence: existence === '' ? null : { stamp: existence, op: created === 1 ? 'create' : 'remove' },
    floor,
    fields: fields.value,
  });
}

function decodeFields(
  wire: readonly unknown[],
  existence: Stamp | '',
  floor: Stamp | '',
): Result<ReadonlyMap<string, Register>, WireIssue> {
  const fields = new Map<string, Register>();
  let previous: string | null = null;
  for (let i = 0; i < wire.length; i += 1) {
    const field = wire[i] as unknown;
    if (!Array.isArray(field) || (field.length !== 2 && field.length !== 3)) {
      return err(issue(`[3][${i}]`, 'a field is [name, stamp] or [name, stamp, value]'));
    }
    const [name, written, json] = field as readonly unknown[];
    if (typeof name !== 'string') return err(issue(`[3][${i}][0]`, 'a name is a string'));
    if (previous !== null && name <= previous) return err(issue(`[3][${i}][0]`, 'fields are sorted by name, each once'));
    previous = name;
    const stamp = written === '' ? existence : written;
    if (!isStamp(stamp) || (written === existence && written !== '')) return err(issue(`[3][${i}][1]`, 'not a stamp'));
    if (stamp < floor) return err(issue(`[3][${i}][1]`, 'the stamp is below the floor'));
    let value: Value | undefined;
    if (field.length === 3) {
      const decoded = decodeValue(json);
      if (!decoded.ok) return err(issue(`[3][${i}][2]${decoded.error.path.slice(1)}`, decoded.error.message));
      value = decoded.value;
    }
    fields.set(name, { stamp, value });
  }
  return ok(fields);
}
