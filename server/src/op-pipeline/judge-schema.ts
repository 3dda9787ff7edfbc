import type { LwwRecord, Op } from '@topgun/core/crdt';
import { TopGunError } from '@topgun/core/primitives';
import { judgeOpEffect, schemaViolationText, type SchemaDefinition } from '@topgun/core/schema';
import type { Judgement } from '../services/crdt/judge-op.js';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import { shownValue } from '../services/query/shown-value.js';

/**
 * SC-4: whether what an op makes of the record, as its predecessors left that, is what the schema says. It is asked last: who may not do something is not told
 * what the record would be like.
 */
export function judgeSchema(
  schema: SchemaDefinition,
  op: Op,
  before: LwwRecord | undefined,
  judged: Judgement,
): Refusal | null {
  const ofMap = schema.of(op.map);
  if (ofMap === undefined || judged.type === 'refused') return null;
  try {
    const issues = judgeOpEffect(ofMap, op, before, judged.record, shownValue);
    return issues.length === 0 ? null : refusal('schema-violation', schemaViolationText(op.map, issues));
  } catch (error) {
    if (!(error instanceof TopGunError)) throw error;
    return refusal('schema-violation', `The schema of ${op.map} cannot judge this: ${error.message}`);
  }
}
