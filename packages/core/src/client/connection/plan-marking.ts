import type { ReplicaId } from '../../clock/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { isOneTransaction, wholeSlice } from '../storage/whole-slice.js';

/**
 * CR-11: in which steps ops are marked as handed over. Pure. Each step has `max` ops at most, more only for one transaction, which is
 * marked as a whole (CR-12). Steps are in the order in which ops leave (CL-5): of each replica as they came, and always the one with the least
 * stamp of those that are next. So what is marked first can be sent first.
 */
export function planMarking(entries: readonly OutboxEntry[], max: number): readonly (readonly OutboxEntry[])[] {
  const inOrder = orderOfLeaving(entries);
  const steps: (readonly OutboxEntry[])[] = [];
  for (let from = 0; from < inOrder.length;) {
    const count = wholeSlice(inOrder, from, max, (entry, next) => isOneTransaction(entry.op, next.op));
    steps.push(inOrder.slice(from, from + count));
    from += count;
  }
  return steps;
}

function orderOfLeaving(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const byReplica = new Map<ReplicaId, OutboxEntry[]>();
  for (const entry of entries) {
    const own = byReplica.get(entry.op.replica);
    if (own === undefined) byReplica.set(entry.op.replica, [entry]);
    else own.push(entry);
  }
  if (byReplica.size <= 1) return entries;
  const queues = Array.from(byReplica.values(), (own) => ({ own, at: 0 }));
  const inOrder: OutboxEntry[] = [];
  while (inOrder.length < entries.length) {
    let best: (typeof queues)[number] | undefined;
    for (const queue of queues) {
      const next = queue.own[queue.at];
      if (next === undefined) continue;
      if (best === undefined || next.op.stamp < best.own[best.at]!.op.stamp) best = queue;
    }
    // A transaction leaves as a whole.
    for (let isFirst = true; best !== undefined; isFirst = false) {
      const entry = best.own[best.at];
      if (entry === undefined || (!isFirst && !isOneTransaction(inOrder.at(-1)!.op, entry.op))) break;
      inOrder.push(entry);
      best.at += 1;
    }
  }
  return inOrder;
}
