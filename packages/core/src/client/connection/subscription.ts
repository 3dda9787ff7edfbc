import { decodeRecord } from '../../crdt/index.js';
import type { RowChange } from '../../protocol/index.js';
import type { BaseChange } from '../ports/storage.js';
import type { MembershipChange, SubscriptionKey } from '../ports/tab-events.js';

/** One subscription on one connection: what the server has sent of it so far. A new connection begins a new one. */
export interface WireSubscription {
  /** Names it on this connection. */
  readonly number: number;
  /** SY-1: the next message's number; another one shows that something was missed. */
  next: number;
  /** The keys the server has sent and not taken back. */
  readonly members: Set<string>;
  /** The first answer is complete. */
  answered: boolean;
  /** Rows of the base that the first answer lacks have been dropped. */
  reconciled: boolean;
  /** The server refused the query: nothing more will come. */
  failed: boolean;
  full: boolean;
  /** The ledger position of the first answer. */
  through: number;
}

export function createWireSubscription(number: number): WireSubscription {
  return {
    number,
    next: 0,
    members: new Set(),
    answered: false,
    reconciled: false,
    failed: false,
    full: false,
    through: 0,
  };
}

/** Whether message `n` is the next one, one seen before, or one after a gap. */
export function judgeNumber(wire: WireSubscription, n: number): 'next' | 'seen' | 'gap' {
  if (n === wire.next) return 'next';
  return n < wire.next ? 'seen' : 'gap';
}

/** What one message of a subscription means for the base and for its members. */
export interface AppliedChanges {
  readonly base: readonly BaseChange[];
  readonly membership: MembershipChange;
}

/** Takes row changes in; `anew`: in the place of what is held. Changes `wire`. A record that cannot be read is a gap: `null`. */
export function applyRowChanges(
  key: SubscriptionKey,
  wire: WireSubscription,
  changes: readonly RowChange[],
  full: boolean,
  anew = false,
): AppliedChanges | null {
  const base: BaseChange[] = [];
  const entered = new Set<string>();
  const left = new Set<string>();
  for (const change of changes) {
    const [type, row] = change;
    if (type === 'gone') {
      base.push({ type: 'drop', key: row });
    } else {
      const record = decodeRecord(change[2]);
      if (!record.ok) return null;
      // CR-10: what is held of it may have been removed, and the removal forgotten: nothing of it may survive by merging.
      if (anew) base.push({ type: 'drop', key: row });
      base.push({ type: 'merge', key: row, delta: record.value });
    }
    const enters = type === 'enter' || type === 'update';
    (enters ? entered : left).add(row);
    (enters ? left : entered).delete(row);
  }
  for (const row of left) if (!wire.members.delete(row)) left.delete(row);
  for (const row of entered) {
    if (wire.members.has(row)) entered.delete(row);
    else wire.members.add(row);
  }
  wire.next += 1;
  wire.full = full;
  return { base, membership: { sub: key, entered: [...entered], left: [...left], full } };
}
