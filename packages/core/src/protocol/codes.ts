import * as z from 'zod/mini';
import { once } from '../primitives/once.js';

/** CL-7: why one op was refused, for good. */
export const REJECTION_CODES = [
  /** A patch or remove of a record that never existed, or that was forgotten (CR-10). */
  'record-absent',
  /** The stamp is more than 60 s ahead of server time (CR-1). */
  'clock-skew',
  /** The op contradicts itself: a stamp of another replica, a field twice, a wrong partition. */
  'invalid-op',
  'map-name',
  'invalid-key',
  'invalid-value',
  /** An op for another type than the map holds (CR-6, CR-7). */
  'type-mismatch',
  /** A key or a record beyond the limits. */
  'too-large',
  'not-permitted',
  /** HK-2: the server's own `beforeOp` refused it; the reason is its. */
  'hook-refused',
  /** HK-4: the server's `beforeOp` threw, took too long, or made something of it that is no op. */
  'hook-failed',
  /** The schema of the map refuses what the op would make of the record; the reason names fields (SC-4). */
  'schema-violation',
  /** RS-4: the map's resolver does not let what is there be changed. */
  'resolver-refused',
  /** Written under a version of the schema that the server does not have, or that cannot be made into the one it has (SC-12, SC-13). */
  'schema-version',
  /** CR-12: nothing is wrong with it, but another part of its transaction was refused; the reason names that part. */
  'transaction-refused',
  /** The op was sent, and whether it was taken can no longer be known (PI-11). */
  'outcome-unknown',
] as const;

export const rejectionCode = once(() => z.enum(REJECTION_CODES));

export type RejectionCode = (typeof REJECTION_CODES)[number];

/** What a server says of a session, a message or a subscription. */
export const ERROR_CODES = [
  'protocol-version',
  'malformed',
  'message-too-large',
  /** A replica's ops came out of sequence. */
  'out-of-order',
  'map-name',
  'bad-query',
  /** A subscription without a limit to more rows than `wholeMapRows`. */
  'too-many-rows',
  /** Ops of a replica that this session has not announced, or that belongs to someone else. */
  'unknown-replica',
  /** There is no token, or the one there is does not hold. Not fatal: it ends soon, and another one lets the connection go on. */
  'needs-auth',
  /** A token cannot be verified now; trying again later is right. */
  'auth-unavailable',
  'not-permitted',
  'overloaded',
  /** The client does not read what it is sent. */
  'slow-consumer',
  /** A newer connection speaks for the same replica. */
  'session-replaced',
  /** The commit failed; nothing of it was written; sending again is right. */
  'commit-failed',
  'internal',
  'shutting-down',
] as const;

export const errorCode = once(() => z.enum(ERROR_CODES));

export type ErrorCode = (typeof ERROR_CODES)[number];
