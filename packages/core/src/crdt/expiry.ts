import { MAX_MILLIS, stampMillis } from '../clock/stamp.js';
import { nextStamp } from '../clock/hlc.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { LwwRecord } from './lww-record.js';
import type { Op } from './op.js';
import { mergeRecords } from './record-merge.js';

/**
 * CR-9: the server as a replica: what it decides by itself (a record has expired) are ops of this one. No client may speak
 * for an id that begins with a dot.
 */
export const SERVER_REPLICA = '.0' as ReplicaId;

/** Whether a replica is one of the server's own. */
export const isServerReplica = (replica: string): boolean => replica.startsWith('.');

/** The longest time to live: a hundred years. Whoever wants more wants none. */
export const MAX_TTL_MS = 100 * 365.25 * 86_400_000;

/** Whether it is a time at which a record can end: whole ms since 1970, in the range of stamps. */
export const isExpiryTime = (at: unknown): at is number =>
  Number.isInteger(at) && (at as number) >= 0 && (at as number) <= MAX_MILLIS;

/** When a record that shows will end; `null`: never, or it does not show. */
export const expiresAt = (record: LwwRecord | undefined): number | null =>
  record?.existence?.op === 'create' ? (record.expiry?.at ?? null) : null;

export function isExpired(record: LwwRecord | undefined, now: number): boolean {
  const at = expiresAt(record);
  return at !== null && at <= now;
}

/**
 * The stamp of the removal that an expiry is: the moment at which the record ends, not the one at which somebody notices. So
 * whoever knows the record knows the removal before the server has decided it, and what is created under the key from that
 * moment on is later than it, however late the server comes to it. After every stamp of the record, or it would not win.
 */
export const expiryStamp = (record: LwwRecord, at: number): Stamp => nextStamp(latestStamp(record), at, SERVER_REPLICA);

/** CR-9: an expired record as it is to whoever looks: with its removal merged. Any other record is returned as it is. */
export function withExpiry(record: LwwRecord, now: number): LwwRecord {
  const at = expiresAt(record);
  if (at === null || at > now) return record;
  const stamp = expiryStamp(record, at);
  return mergeRecords(record, { existence: { stamp, op: 'remove' }, floor: stamp, fields: new Map(), expiry: null });
}

/** The greatest stamp in a record. */
export function latestStamp(record: LwwRecord): Stamp | '' {
  let latest: Stamp | '' = record.floor;
  if (record.existence !== null && record.existence.stamp > latest) latest = record.existence.stamp;
  if (record.expiry !== null && record.expiry.stamp > latest) latest = record.expiry.stamp;
  for (const { stamp } of record.fields.values()) if (stamp > latest) latest = stamp;
  return latest;
}

/** The time to live that an op was written with: what holds whatever its stamp becomes. */
export function ttlOf(op: Op): number | null | undefined {
  if (op.kind !== 'create' && op.kind !== 'patch') return undefined;
  if (op.expiresAt === undefined || op.expiresAt === null) return op.expiresAt;
  return op.expiresAt - stampMillis(op.stamp);
}

/** CR-11: the op under another stamp. What it says of the record's end moves by `shiftMs`, within the range of times. */
export function restampOp<O extends Op>(op: O, stamp: Stamp, shiftMs: number): O {
  const writesEnd = (op.kind === 'create' || op.kind === 'patch') && typeof op.expiresAt === 'number';
  if (!writesEnd) return { ...op, stamp };
  return { ...op, stamp, expiresAt: Math.min(Math.max(op.expiresAt + shiftMs, 0), MAX_MILLIS) };
}
