import { isExpired, type LwwRecord, type Op } from '../../crdt/index.js';
import { setOwn } from '../../primitives/index.js';
import type { RecordSyncState } from '../state/record-sync-state.js';
import { opIdText } from '../storage/op-id.js';
import type { AckNote } from '../timeline/event-log.js';
import type {
  ConfirmedStamps,
  ConnectionNote,
  MapExplanation,
  PendingExplanation,
  Presence,
  RecordExplanation,
  RejectionNote,
  StorageNote,
  SubscriptionNote,
} from './explanation.js';
import { summaryOfMap, summaryOfRecord } from './summary.js';
import type { SubmissionWait } from '../connection/submission-wait.js';

/** What is the same for all that is asked of a map. */
export interface MapFacts {
  readonly map: string;
  readonly status: 'unused' | 'loading' | 'loaded';
  readonly connection: ConnectionNote;
  readonly storage: StorageNote;
}

export interface PendingFacts {
  readonly op: Op;
  readonly isDurable: boolean;
  /** `null`: another tab sends it, or none can be asked. */
  readonly wait: SubmissionWait | null;
}

/** What was found of one record, at one moment. */
export interface RecordFacts extends MapFacts {
  readonly key: string;
  readonly isShown: boolean;
  /** base */
  readonly base: LwwRecord | undefined;
  /** base ⊕ pending, whatever time it is. */
  readonly held: LwwRecord | undefined;
  /** Server time in ms since 1970. */
  readonly now: number;
  readonly syncState: RecordSyncState;
  readonly pending: readonly PendingFacts[];
  readonly lastAck: AckNote | null;
  readonly rejections: readonly RejectionNote[];
  readonly subscriptions: RecordExplanation['subscriptions'];
}

/** CL-34: what follows from the facts. Pure. */
export function explainRecord(facts: RecordFacts): RecordExplanation {
  const { map, key, syncState, lastAck, rejections, subscriptions, connection, storage } = facts;
  const pending = facts.pending.map((one) => explainPending(one, facts)).toSorted(byStamp);
  const presence = presenceOf(facts);
  const confirmed = facts.base === undefined ? null : stampsOf(facts.base);
  const explained = { map, key, presence, syncState, confirmed, pending, lastAck, rejections, subscriptions };
  return { summary: summaryOfRecord({ ...explained, connection, storage }), ...explained, connection, storage };
}

/** What was found of a map. */
export interface WholeMapFacts extends MapFacts {
  readonly records: number;
  readonly confirmed: number;
  readonly pending: number;
  /** The one with the least stamp. */
  readonly oldest: PendingFacts | null;
  readonly rejections: number;
  readonly subscriptions: readonly SubscriptionNote[];
}

/** CL-34: as `explainRecord`. Pure. */
export function explainMap({ oldest, ...facts }: WholeMapFacts): MapExplanation {
  const oldestPending = oldest === null ? null : explainPending(oldest, facts);
  return { summary: summaryOfMap({ ...facts, oldestPending }), ...facts, oldestPending };
}

/** An op is durable first, and goes over a connection then (CL-1): it waits for the first of these that is not there. */
function explainPending({ op, isDurable, wait }: PendingFacts, { connection }: MapFacts): PendingExplanation {
  const known = { op: opIdText(op), key: op.key, kind: op.kind, stamp: op.stamp, isDurable };
  if (!isDurable) return { ...known, isSent: false, waitsFor: 'storage', behind: null };
  const isConnected = connection.state === 'reconciling' || connection.state === 'live';
  if (!isConnected) return { ...known, isSent: false, waitsFor: 'connection', behind: null };
  return wait === null ? { ...known, isSent: null, waitsFor: 'leader', behind: null } : { ...known, ...wait };
}

function presenceOf({ isShown, held, status, now }: RecordFacts): Presence {
  if (isShown) return 'shown';
  if (status !== 'loaded') return status;
  if (held === undefined) return 'unknown';
  if (held.existence === null) return 'incomplete';
  return isExpired(held, now) ? 'expired' : 'removed';
}

function stampsOf({ existence, fields, expiry }: LwwRecord): ConfirmedStamps {
  const stamps: Record<string, ConfirmedStamps['fields'][string]> = {};
  // What a set or a counter is made of has no names: only records' fields do.
  if (existence?.op === 'create') for (const [name, { stamp }] of fields) setOwn(stamps, name, stamp);
  return { existence, fields: stamps, expiresAt: expiry?.at ?? null };
}

/** Two stamps are never the same. */
const byStamp = (a: PendingExplanation, b: PendingExplanation): number => (a.stamp < b.stamp ? -1 : 1);
