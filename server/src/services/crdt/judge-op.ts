import {
  applyDecided,
  EMPTY_RECORD,
  isLiveTag,
  isRemovedBy,
  isVisible,
  recordAbsentText,
  staysExact,
  typeMismatchText,
  typeOfOp,
  type CreateOp,
  type LwwRecord,
  type MapType,
  type Op,
  type PatchOp,
} from '@topgun/core/crdt';
import { assertNever } from '@topgun/core/primitives';
import { fitsInto, MAX_RECORD_FIELDS } from './record-size.js';
import { refusal, type Outcome, type Refusal } from './verdict.js';

/** What an op does to its record; `refused` leaves it as it was. */
export type Judgement =
  | { readonly type: 'accepted'; readonly outcome: Outcome; readonly record: LwwRecord }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** CR-6, CR-7: a map holds one type; `holds` is that of its first op. `null`: the op fits. */
export function judgeType(op: Op, holds: MapType | undefined): Judgement | null {
  const wanted = typeOfOp(op);
  if (holds === undefined || holds === wanted) return null;
  return refused('type-mismatch', typeMismatchText(op.map, holds, wanted));
}

/**
 * CR-3, CR-6, CR-7, CR-10: judges one op against the record as its predecessors left it. Pure. `isGivenBack`: it was accepted before,
 * by a ledger that held the record (SY-2). The record's create may be somebody else's to give back, later: until then nothing shows.
 */
export function judgeOp(
  current: LwwRecord | undefined,
  op: Op,
  recordBytes: number,
  isGivenBack: boolean = false,
): Judgement {
  const needsRecord = !isGivenBack && (op.kind === 'patch' || op.kind === 'remove');
  if (needsRecord && (current === undefined || current.existence === null)) {
    return refused('record-absent', recordAbsentText(op.map, op.key));
  }
  if (op.kind === 'count' && !staysExact(current, op)) {
    return refused('too-large', 'The counter would leave the exact whole numbers, ±(2^53 − 1).');
  }
  const before = current ?? EMPTY_RECORD;
  const record = applyDecided(before, op);
  if (record !== before) {
    // What a record has become under other limits may still shrink.
    if (record.fields.size > MAX_RECORD_FIELDS && record.fields.size > before.fields.size) {
      return refused('too-large', `The record would have more than ${MAX_RECORD_FIELDS} fields.`);
    }
    if (!fitsInto(recordBytes, record, before)) {
      return refused('too-large', `The record would be larger than ${recordBytes} bytes.`);
    }
  }
  return { type: 'accepted', outcome: outcomeOf(record, op), record };
}

/**
 * CL-9: whether anything of an op still counts in a record that has merged it. The same question answers for an op just
 * applied and for one that is told its verdict once more (PI-11).
 */
export function outcomeOf(record: LwwRecord | undefined, op: Op): Outcome {
  if (record === undefined) return 'superseded';
  const isLatest = record.existence?.stamp === op.stamp;
  switch (op.kind) {
    case 'remove':
      return isLatest ? 'applied' : 'superseded';
    case 'create':
    case 'patch':
      if (isLatest) return 'applied';
      // CR-5: a field written to a removed record is kept for the merge, but nobody will see it.
      return isVisible(record) && holdsAnyOf(record, op) ? 'applied' : 'superseded';
    case 'add':
      return isLiveTag(record, op) ? 'applied' : 'superseded';
    case 'discard':
      return op.tags.some((tag) => isRemovedBy(record, op, tag)) ? 'applied' : 'superseded';
    case 'count':
      return 'applied';
    default:
      return assertNever(op);
  }
}

const holdsAnyOf = (record: LwwRecord, op: CreateOp | PatchOp): boolean =>
  op.fields.some((field) => record.fields.get(field.name)?.stamp === op.stamp) ||
  (op.expiresAt !== undefined && record.expiry?.stamp === op.stamp);

const refused = (code: Refusal['code'], reason: string): Judgement => ({
  type: 'refused',
  refusal: refusal(code, reason),
});
