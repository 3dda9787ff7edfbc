import { readRecord } from '../../crdt/index.js';
import { createAsker, type Asker } from '../../merkle/index.js';
import { decodeBase64url } from '../../primitives/index.js';
import type { RowChange } from '../../protocol/index.js';
import { KeySet } from '../key-set.js';
import type { BaseChange } from '../ports/storage.js';
import type { MembershipChange, SubscriptionKey } from '../ports/tab-events.js';
import type { OfferedRows } from './offered-rows.js';

/** One subscription on one connection: what the server has sent of it so far. A new connection begins a new one. */
export interface WireSubscription {
  /** Names it on this connection. */
  readonly number: number;
  /** SY-1: the next message's number; another one shows that something was missed. */
  next: number;
  /** The keys the server has sent and not taken back. */
  members: KeySet;
  /** The first answer is complete. */
  answered: boolean;
  /** Rows of the base that the first answer lacks have been dropped. */
  reconciled: boolean;
  /** The server refused the query: nothing more will come. */
  failed: boolean;
  full: boolean;
  /** The ledger position of the first answer. */
  through: number;
  /** Of a first answer that comes in several messages: how many changes it has in all, and how many are here. */
  total: number | null;
  received: number;
  /** SY-2: the rows whose digest the server was given; they do not change until it is asked again. */
  readonly offered: OfferedRows | null;
  /** The server goes by the offered rows. */
  isKept: boolean;
  asker: Asker | null;
  /** Of the offered rows: those that are gone, or will be sent anew. */
  readonly drops: Set<string>;
}

export function createWireSubscription(number: number, offered: OfferedRows | null = null): WireSubscription {
  return {
    number,
    offered,
    isKept: false,
    asker: null,
    drops: new Set(),
    next: 0,
    members: new KeySet(),
    answered: false,
    reconciled: false,
    failed: false,
    full: false,
    through: 0,
    total: null,
    received: 0,
  };
}

/** Whether message `n` is the next one, one seen before, or one after a gap. */
export function judgeNumber(wire: WireSubscription, n: number): 'next' | 'seen' | 'gap' {
  if (n === wire.next) return 'next';
  return n < wire.next ? 'seen' : 'gap';
}

/** SY-2: the server goes by the rows that were offered. False when none were. */
export function keepOffered(wire: WireSubscription): boolean {
  if (wire.offered === null) return false;
  if (wire.isKept) return true;
  wire.isKept = true;
  wire.members = wire.offered.keys.copy();
  return true;
}

/** The server sends all rows after all. */
export function forgetOffered(wire: WireSubscription): void {
  if (!wire.isKept) return;
  wire.isKept = false;
  wire.members = new KeySet();
  wire.drops.clear();
}

/** The server's turn in an exchange. Notes what is to be dropped, and gives this side's turn; `null`: it makes no sense. */
export function takeTurn(wire: WireSubscription, nodes: string): Uint8Array | null {
  const bytes = decodeBase64url(nodes);
  if (!bytes.ok || wire.offered === null) return null;
  wire.asker ??= createAsker(wire.offered.trie);
  const turn = wire.asker.receive(bytes.value);
  if (!turn.ok) return null;
  for (const key of turn.value.drop) wire.drops.add(key);
  return turn.value.reply;
}

/** The answer is complete: what has not been sent anew, or spoken of since, is no member. */
export function dropUnsent(wire: WireSubscription): void {
  for (const key of wire.drops) wire.members.delete(key);
  wire.drops.clear();
}

/** What one message of a subscription means for the base and for its members. */
export interface AppliedChanges {
  readonly base: readonly BaseChange[];
  readonly membership: MembershipChange;
}

/**
 * Takes row changes in. Changes `wire`. A record that cannot be read is a gap: `null`. `replaces`: whether a row that enters takes the
 * place of what is held of it, rather than being merged into that.
 */
export function applyRowChanges(
  key: SubscriptionKey,
  wire: WireSubscription,
  changes: readonly RowChange[],
  full: boolean,
  replaces: (row: string) => boolean = () => false,
): AppliedChanges | null {
  const base: BaseChange[] = [];
  const entered = new Set<string>();
  const left = new Set<string>();
  for (const change of changes) {
    const [type, row] = change;
    if (type === 'gone') {
      base.push({ type: 'drop', key: row });
    } else {
      // Its form was checked as it arrived.
      const record = readRecord(change[2]);
      if (!record.ok) return null;
      // CR-10: what is held of it may have been removed, and the removal forgotten: nothing of it may survive by merging.
      if (type === 'enter' && replaces(row)) base.push({ type: 'drop', key: row });
      base.push({ type: 'merge', key: row, delta: record.value });
    }
    if (wire.drops.size > 0) wire.drops.delete(row);
    const isMember = wire.members.has(row);
    // What counts is the last word on a row: nearly always that a member goes on being one.
    if (type === 'enter' || type === 'update') {
      if (!isMember) entered.add(row);
      else if (left.size > 0) left.delete(row);
    } else if (isMember) left.add(row);
    else if (entered.size > 0) entered.delete(row);
  }
  for (const row of left) wire.members.delete(row);
  for (const row of entered) wire.members.add(row);
  wire.next += 1;
  wire.full = full;
  return { base, membership: { sub: key, entered: [...entered], left: [...left], full } };
}
