import type { Stamp } from '@topgun/core/clock';
import { SCALAR_FIELD, typeOfRecord, type LwwRecord, type Register } from '@topgun/core/crdt';
import { assertNever } from '@topgun/core/primitives';
import type { WireMark } from '../persistence/segment.js';
import type { RecordChange } from './overlay.js';
import type { MutableState } from './state-view.js';

/**
 * CR-10: something of a record that says only that something else is gone: its removal, an unset field, or a tag that was taken away (CR-6). After the horizon it is
 * forgotten. A mark names it by its stamp, so it never means anything that came later.
 */
export interface ForgetMark {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  readonly stamp: Stamp;
  /** The unset field, or the tag's register; `null`: the removal of the record. */
  readonly field: string | null;
}

const NONE: readonly ForgetMark[] = [];

/** What a change has brought that can be forgotten one day: mostly nothing. */
export function marksOf({ partition, map, key, before, after }: RecordChange): readonly ForgetMark[] {
  if (after === undefined) return NONE;
  let marks: ForgetMark[] | null = null;
  const { existence } = after;
  const was = before?.existence;
  if (existence?.op === 'remove' && (was?.op !== 'remove' || was.stamp !== existence.stamp)) {
    marks = [{ partition, map, key, stamp: existence.stamp, field: null }];
  }
  // Each change of each record comes by here, and of an iterator each field is a pair of its own.
  after.fields.forEach((register, field) => {
    if (!saysGone(after, register)) return;
    const held = before?.fields.get(field);
    // Marked when it came. A tag is taken away at its own stamp (CR-6), so the stamp alone does not tell.
    if (held?.stamp === register.stamp && saysGone(after, held)) return;
    (marks ??= []).push({ partition, map, key, stamp: register.stamp, field });
  });
  return marks ?? NONE;
}

/**
 * The record without what the mark names: `undefined` when nothing is left, the record itself when it holds no such thing any
 * more. With a removal goes all that was written to the record after it, and with an unset field a scalar that it covers: nobody
 * sees that, nor ever will, and without the mark it would show again.
 */
export function forgetMark(
  record: LwwRecord,
  { stamp, field }: Pick<ForgetMark, 'stamp' | 'field'>,
): LwwRecord | undefined {
  if (field === null) {
    const { existence } = record;
    return existence?.op === 'remove' && existence.stamp === stamp ? undefined : record;
  }
  const register = record.fields.get(field);
  if (register === undefined || register.stamp !== stamp || !saysGone(record, register)) return record;
  const fields = new Map(record.fields);
  fields.delete(field);
  // Nothing shows of a set without tags, and nothing is left of it.
  if (fields.size === 0 && typeOfRecord(record) === 'set') return undefined;
  if ((fields.get(SCALAR_FIELD)?.stamp ?? stamp) < stamp) fields.delete(SCALAR_FIELD);
  return { ...record, fields };
}

/** Whether a register says that something is gone: a field that is unset, or a tag that was taken away. */
function saysGone(record: LwwRecord, { value }: Register): boolean {
  const type = typeOfRecord(record);
  switch (type) {
    case 'set':
      return value !== undefined;
    case 'counter':
      return false;
    case 'record':
    case null:
      return value === undefined;
    default:
      return assertNever(type);
  }
}

export const markToWire = ({ map, key, stamp, field }: ForgetMark): WireMark =>
  field === null ? [map, key, stamp] : [map, key, stamp, field];

export function markFromWire(partition: number, [map, key, stamp, field]: WireMark): ForgetMark {
  return { partition, map, key, stamp, field: field ?? null };
}

/** Forgets it. False, and nothing changed, when it is not there. */
export function forget(state: MutableState, mark: ForgetMark): boolean {
  const { partition, map, key } = mark;
  const record = state.record(partition, map, key);
  if (record === undefined) return false;
  const rest = forgetMark(record, mark);
  if (rest === record) return false;
  if (rest === undefined) state.forgetRecord(partition, map, key);
  else state.putRecord(partition, map, key, rest);
  return true;
}
