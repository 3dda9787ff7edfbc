import * as z from 'zod/mini';
import { STAMP_PATTERN } from '../clock/stamp.js';
import { MAX_TRANSACTION_OPS } from '../crdt/transaction.js';
import { issue, type WireIssue } from '../crdt/wire-error.js';
import type { WireOp } from '../crdt/wire-op.js';
import type { WireRecord } from '../crdt/wire-record.js';
import { once } from '../primitives/once.js';
import { rejectionCode } from './codes.js';
import type { Sent } from './immutable.js';
import { wireRecordSchema } from './wire-record-schema.js';
import { count, introduction, partition, reason, replicaId, replicaSeq, sequence } from './scalars.js';

const wireFields = once(() => z.array(z.union([z.tuple([z.string()]), z.tuple([z.string(), z.unknown()])])));
const stamp = once(() => z.string().check(z.regex(STAMP_PATTERN)));

/** Any JSON. Not `z.unknown()`, which a tuple takes for something that may be missing. */
const json = once(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]),
);

/**
 * The form of an op. It is what the frozen hash covers; messages are read with the hand-written `checkWireOp` of the
 * crdt folder instead, which is several times faster, and a test holds the two to the same verdict.
 */
export const wireOpSchema = once(() =>
  z.union([
    z.tuple([sequence(), stamp(), z.string(), z.string(), z.literal('d')]),
    z.tuple([sequence(), stamp(), z.string(), z.string(), z.enum(['c', 'r', 'p']), wireFields()]),
    // CR-9: the time at which the record ends, or `null` for never. Which times are times is judged with the values.
    z.tuple([
      sequence(),
      stamp(),
      z.string(),
      z.string(),
      z.enum(['c', 'r', 'p']),
      wireFields(),
      z.union([z.null(), z.number()]),
    ]),
    z.tuple([sequence(), stamp(), z.string(), z.string(), z.enum(['a', 'x']), z.tuple([json()], stamp())]),
    z.tuple([sequence(), stamp(), z.string(), z.string(), z.literal('n'), z.tuple([json()])]),
  ]),
);

/** CR-12: the message is this transaction: all its parts, of one replica, and nothing else. */
export const submitTransaction = once(() =>
  z.object({
    first: sequence(),
    parts: z.int().check(z.gte(2), z.lte(MAX_TRANSACTION_OPS)),
  }),
);

const submitWith = <Op extends z.ZodMiniType>(op: Op) =>
  z.object({
    type: z.literal('submit'),
    /** Per replica in ascending sequence; at most `windowOps` undecided ops per replica (CL-5). */
    batches: z.array(z.object({ replica: replicaId(), partition: partition(), ops: z.array(op) })),
    transaction: z.exactOptional(submitTransaction()),
  });

export const submitSchema = once(() => submitWith(wireOpSchema()));

/** {@link submitSchema} without a look at the ops. */
export const submitEnvelope = once(() => submitWith(z.unknown() as unknown as z.ZodMiniType<WireOp, unknown>));

export const announceSchema = once(() =>
  z.object({
    type: z.literal('announce'),
    /** Replicas of tabs that appeared later, as in the hello. */
    replicas: z.array(introduction()),
  }),
);

export const announcedSchema = once(() =>
  z.object({
    type: z.literal('announced'),
    decided: z.array(replicaSeq()),
    /** As in the welcome. */
    gaps: z.exactOptional(z.literal(true)),
  }),
);

const decidedWith = <Verdict extends z.ZodMiniType, WholeRecord extends z.ZodMiniType, StoredOp extends z.ZodMiniType>(
  verdict: Verdict,
  record: WholeRecord,
  op: StoredOp,
) =>
  z.object({
    type: z.literal('decided'),
    /** The ledger position that holds the verdicts. */
    position: count(),
    replica: replicaId(),
    verdicts: z.array(verdict),
    rejected: z.array(z.object({ seq: sequence(), code: rejectionCode(), reason: reason() })),
    /** CR-7: the counters that accepted deltas are part of, as they are by now: map, key and record. */
    totals: z.exactOptional(z.array(z.tuple([z.string(), z.string(), record]))),
    /** HK-3: accepted ops that are stored otherwise than they were sent, as they are stored. */
    changed: z.exactOptional(z.array(op)),
  });

/** Verdicts name exact ops. `superseded`: taken, but later writes already hold everything it wrote. */
export const decidedSchema = once(() =>
  decidedWith(z.tuple([sequence(), z.enum(['applied', 'superseded'])]), wireRecordSchema(), wireOpSchema()),
);

/** {@link decidedSchema} without a look at verdicts, records and ops. */
export const decidedEnvelope = once(() =>
  decidedWith(
    z.unknown() as unknown as z.ZodMiniType<[seq: number, outcome: Outcome], unknown>,
    z.unknown() as unknown as z.ZodMiniType<WireRecord, unknown>,
    z.unknown() as unknown as z.ZodMiniType<WireOp, unknown>,
  ),
);

/** Whether something has the form of a verdict. */
export function checkVerdict(verdict: unknown): WireIssue | null {
  if (!Array.isArray(verdict) || verdict.length !== 2) return issue('', 'a verdict is [sequence, outcome]');
  const [seq, outcome] = verdict as readonly unknown[];
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return issue('[0]', 'a sequence is a positive integer');
  return outcome === 'applied' || outcome === 'superseded' ? null : issue('[1]', 'applied or superseded is expected');
}

export type SubmitMessage = Sent<typeof submitEnvelope>;
export type SubmitBatch = SubmitMessage['batches'][number];
export type AnnounceMessage = Sent<typeof announceSchema>;
export type AnnouncedMessage = Sent<typeof announcedSchema>;
export type DecidedMessage = Sent<typeof decidedEnvelope>;
export type WireVerdicts = DecidedMessage['verdicts'];
export type WireRejection = DecidedMessage['rejected'][number];
export type Outcome = 'applied' | 'superseded';
