import { opToWire, type LwwRecord, type Op } from '@topgun/core/crdt';
import { TopGunError } from '@topgun/core/primitives';
import { judgeOpEffect, migrateOp, opVersion, schemaViolationText, type SchemaDefinition } from '@topgun/core/schema';
import type { Judgement } from '../services/crdt/judge-op.js';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import { shownValue } from '../services/query/shown-value.js';
import type { CheckedOp } from './stages.js';

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

/**
 * SC-12: an op that was written under an earlier version of the schema, as it would have been under this one: that is what is judged, stored, and told to its
 * author in the place of what was sent. One of a later version than the server knows is refused.
 */
export function upgradeChecked(schema: SchemaDefinition, checked: CheckedOp): CheckedOp {
  if ('refusal' in checked) return checked;
  const { op, seq, wire } = checked;
  const ofMap = schema.of(op.map);
  if (ofMap === undefined) return checked;
  const version = opVersion(op);
  if (version > ofMap.version) {
    const reason = `This was written under version ${version} of the schema of ${op.map}; the server has version ${ofMap.version}.`;
    return { seq, wire, refusal: refusal('schema-version', reason) };
  }
  const upgraded = migrateOp(ofMap, op);
  if (!upgraded.ok) {
    const reason = `This was written under version ${version} of the schema of ${op.map}: ${upgraded.error}.`;
    return { seq, wire, refusal: refusal('schema-version', reason) };
  }
  return upgraded.value === op ? checked : { seq, wire: opToWire(upgraded.value), op: upgraded.value, isChanged: true };
}
