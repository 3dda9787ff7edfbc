import { isWholeTransaction, type MapType } from '@topgun/core/crdt';
import type { SubmitBatch, WireOp } from '@topgun/core/protocol';
import type { HostCommand } from '../../ports/partition-host.js';

export type Submit = Extract<HostCommand, { type: 'submit' }>;

/** PI-25: a message by the hosts that its ops are for, each with its own in their order. */
export function splitByMember(
  batches: readonly SubmitBatch[],
  memberOf: (partition: number) => number,
): ReadonlyMap<number, readonly SubmitBatch[]> {
  const byMember = new Map<number, SubmitBatch[]>();
  for (const batch of batches) {
    const member = memberOf(batch.partition);
    const own = byMember.get(member);
    if (own === undefined) byMember.set(member, [batch]);
    else own.push(batch);
  }
  return byMember;
}

/** Whether it can be divided: otherwise the host that gets all of it says what is wrong with it. */
export const isWhole = ({ batches, transaction }: Submit): boolean =>
  transaction === undefined ||
  (batches.every(({ replica }) => replica === batches[0]?.replica) &&
    isWholeTransaction(
      transaction,
      batches.flatMap(({ ops }) => ops.map(([seq]) => seq)),
    ));

/** CR-7: what a map holds whose first op this is. */
export function typeOfWireOp([, , , , kind]: WireOp): MapType {
  if (kind === 'a' || kind === 'x') return 'set';
  return kind === 'n' ? 'counter' : 'record';
}

/** About the share that these have of a message of so many bytes. */
export function shareOf(bytes: number, batches: readonly SubmitBatch[], all: readonly SubmitBatch[]): number {
  const ops = countOps(all);
  return ops === 0 ? bytes : Math.ceil((bytes * countOps(batches)) / ops);
}

const countOps = (batches: readonly SubmitBatch[]): number => batches.reduce((sum, { ops }) => sum + ops.length, 0);
