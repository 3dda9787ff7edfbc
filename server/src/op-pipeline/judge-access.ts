import { applyDecided, type LwwRecord, type Op } from '@topgun/core/crdt';
import { judgeRecordEffect, recordEffectOf, visibilityOf, type Access } from '@topgun/core/rules';
import type { Judgement } from '../services/crdt/judge-op.js';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import { shownValue } from '../services/query/shown-value.js';

/**
 * PI-9: whether the author of an op may do what it does to the record, as its predecessors left that. `judged`: what else there is to say of
 * it, which is heard only by who may do it: that a record is too large, too, says that there is one.
 */
export function judgeAccess(access: Access, op: Op, before: LwwRecord | undefined, judged: Judgement): Refusal | null {
  // There is none; to whoever may not know of one it is put in the same words.
  if (judged.type === 'refused' && judged.refusal.code === 'record-absent') return null;
  const after = judged.type === 'accepted' ? judged.record : applyDecided(before, op);
  const refused = judgeRecordEffect(access.of(op.map), recordEffectOf(op, before, after), shownValue);
  return refused === null ? null : refusal(refused.code, refused.reason);
}

/** CR-7: a counter is told only to who may read it. */
export function maySee(access: Access, map: string, key: string, record: LwwRecord): boolean {
  const seen = visibilityOf(access.of(map), map, shownValue);
  return seen === null || seen.see(key, record) !== undefined;
}
