import type { OpId } from '../../crdt/index.js';
import type { StoredRejection } from '../ports/storage.js';

/** One text per op id. A replica id has no colon. */
export const opIdText = ({ replica, seq }: OpId): string => `${replica}:${seq}`;

/** (replica, seq) order: how an outbox is read. */
export function compareOpIds(a: OpId, b: OpId): number {
  return a.replica === b.replica ? a.seq - b.seq : a.replica < b.replica ? -1 : 1;
}

/** Oldest refusal first; by op id among those of one instant, so that every adapter lists them alike. */
export function compareRejections(a: StoredRejection, b: StoredRejection): number {
  return a.at - b.at || compareOpIds(a.op, b.op);
}
