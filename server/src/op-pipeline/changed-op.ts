import { opToWire, type CreateOp, type FieldWrite, type LwwRecord, type Op, type PatchOp } from '@topgun/core/crdt';
import { sameValue } from '@topgun/core/primitives';
import type { WireOp } from '@topgun/core/protocol';
import { visibilityOf, type Access } from '@topgun/core/rules';
import { shownValue } from '../services/query/shown-value.js';

/**
 * HK-3, PI-11: what is left in the record of an op that was decided before, when that is not what was sent: a hook or a resolver had changed it.
 * `null`: it is as it was sent, or later writes have taken its place. Nobody keeps which ops were changed: the record's stamps tell. What later
 * writes have taken the place of is told as it was sent: its author keeps it for a ledger that has lost those (SY-2). Pure.
 */
export function storedOtherwise(record: LwwRecord | undefined, sent: Op): CreateOp | PatchOp | null {
  if (record === undefined || (sent.kind !== 'create' && sent.kind !== 'patch')) return null;
  // Nothing before a removal counts, whatever it was.
  if (record.floor > sent.stamp) return null;
  const fields = fieldsLeft(record, sent);
  const left = new Map(fields.map(({ name, value }) => [name, value]));
  const isAsSent =
    fields.every(({ name, value }) => sent.fields.some((field) => field.name === name && isSame(field.value, value))) &&
    sent.fields.every((field) => left.has(field.name) || isOvertaken(record, sent, field));
  const ends = endLeft(record, sent);
  if (isAsSent && (ends === undefined || ends === sent.expiresAt)) return null;
  const { expiresAt: _, ...rest } = sent;
  const overtaken = sent.fields.filter((field) => isOvertaken(record, sent, field));
  return { ...rest, fields: [...fields, ...overtaken], ...(ends === undefined ? {} : { expiresAt: ends }) };
}

/** RS-4: nothing of what the op wrote is left, for it was not stored as it was sent. */
export const isSupersededByChange = (record: LwwRecord | undefined, sent: Op): boolean =>
  record !== undefined && storedOtherwise(record, sent) !== null && fieldsLeft(record, sent).length === 0;

/** The field was written later, or is one that the op unset, which is forgotten in time (CR-10). */
function isOvertaken({ fields }: LwwRecord, { stamp }: Op, { name, value }: FieldWrite): boolean {
  const register = fields.get(name);
  return register === undefined ? value === undefined : register.stamp > stamp;
}

/** The end that the op set, or that a later write has taken the place of. */
function endLeft({ expiry }: LwwRecord, sent: CreateOp | PatchOp): number | null | undefined {
  if (expiry === null || expiry.stamp < sent.stamp) return undefined;
  return expiry.stamp === sent.stamp ? expiry.at : sent.expiresAt;
}

/** Those of the record that the op has written. */
function fieldsLeft({ fields }: LwwRecord, { stamp: written }: Op): readonly FieldWrite[] {
  const left: FieldWrite[] = [];
  for (const [name, { stamp, value }] of fields) if (stamp === written) left.push({ name, value });
  return left;
}

/** RU-5: whether the author is not to keep all of what they sent, since they may not read it. */
export function writesUnread(op: Op, access: Access | null): boolean {
  if (access === null || (op.kind !== 'create' && op.kind !== 'patch')) return false;
  const { fields } = access.of(op.map);
  if (fields.size === 0) return false;
  return op.fields.some(({ name, value }) => value !== undefined && fields.get(name)?.isReadable === false);
}

/**
 * RU-5: the op as it is told to its author: of fields that they may not read nothing, but that those which they wrote are not theirs to see; of a record that they may not
 * see its fields least of all, where it is not as they `sent` it; `null`: what that was is not known here.
 */
export function toldOp(op: Op, sent: Op | null, record: LwwRecord | undefined, access: Access | null): WireOp {
  if (access === null || (op.kind !== 'create' && op.kind !== 'patch')) return opToWire(op);
  const ofMap = access.of(op.map);
  const seen = visibilityOf(ofMap, op.map, shownValue);
  if (seen === null) return opToWire(op);
  const visible = record === undefined ? undefined : seen.see(op.key, record);
  const written = new Set(sent !== null && 'fields' in sent ? sent.fields.map(({ name }) => name) : []);
  const fields = op.fields.flatMap((field): readonly FieldWrite[] => {
    const { name } = field;
    if (ofMap.fields.get(name)?.isReadable === false) return written.has(name) ? [{ name, value: undefined }] : [];
    return op === sent || visible?.fields.has(name) === true ? [field] : [];
  });
  return opToWire({ ...op, fields });
}

const isSame = (a: FieldWrite['value'], b: FieldWrite['value']): boolean =>
  a === undefined || b === undefined ? a === b : sameValue(a, b);
