import { isReplicaId } from '../clock/stamp.js';
import { issue, within, type WireIssue } from '../crdt/wire-error.js';
import { checkWireOp } from '../crdt/wire-op.js';
import { PARTITION_COUNT } from '../primitives/partition.js';

/**
 * Whether the batches of a `submit` have their form. A message has about as many batches as ops, so this is written by hand, as the
 * check of an op is; a test holds both to the schemas.
 */
export function checkSubmit({ batches }: { readonly batches?: unknown }): WireIssue | null {
  if (!Array.isArray(batches)) return issue('.batches', 'expected array');
  let known: unknown;
  for (let b = 0; b < batches.length; b += 1) {
    const batch = batches[b] as unknown;
    if (!isObject(batch)) return issue(`.batches[${b}]`, 'expected object');
    const { replica, partition, ops } = batch;
    // Most batches of a message are of the same replica as the one before.
    if ((b === 0 || replica !== known) && !isReplicaId(replica)) {
      return issue(`.batches[${b}].replica`, 'not the id of a replica');
    }
    known = replica;
    if (!Number.isInteger(partition) || (partition as number) < 0 || (partition as number) >= PARTITION_COUNT) {
      return issue(`.batches[${b}].partition`, `expected a whole number from 0 to ${PARTITION_COUNT - 1}`);
    }
    if (!Array.isArray(ops)) return issue(`.batches[${b}].ops`, 'expected array');
    for (let i = 0; i < ops.length; i += 1) {
      const wrong = checkWireOp(ops[i]);
      if (wrong !== null) return within(`.batches[${b}].ops[${i}]`, wrong);
    }
  }
  return null;
}

/** A batch that was a list is read already: it is a short form (PT-8). */
function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
