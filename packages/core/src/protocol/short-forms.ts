import * as z from 'zod/mini';
import { stampReplica } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { partition, replicaId, sequence } from './scalars.js';
import type { DecidedMessage, SubmitMessage } from './submission.js';

/** Of a stamp, when its batch says whose it is: time and counter. No whole stamp is as short. */
const SHORT_STAMP_LENGTH = 11;

/** What the short forms look like; part of the frozen hash. */
export const shortFormSchemas = [
  z.union([z.tuple([partition, z.array(z.unknown())]), z.tuple([partition, z.array(z.unknown()), replicaId])]),
  z.tuple([sequence, z.string().check(z.length(SHORT_STAMP_LENGTH))], z.unknown()),
  z.union([sequence, z.tuple([sequence, z.enum(['applied', 'superseded'])])]),
];

/**
 * PT-8: the message as it goes over the wire, without what its place says already. A batch is `[partition, ops, replica]`, and has no replica when
 * it is the one of the batch before; an op's stamp is without its replica; a verdict is its sequence when it says `applied`, and where
 * nothing is rejected nothing is said of that.
 */
export function shortForm(message: ClientMessage | ServerMessage): unknown {
  if (message.type === 'submit') return shortSubmit(message);
  return message.type === 'decided' ? shortDecided(message) : message;
}

function shortSubmit({ batches, ...message }: SubmitMessage): unknown {
  let before: ReplicaId | null = null;
  return {
    ...message,
    batches: batches.map(({ replica, partition: where, ops }) => {
      const short = ops.map((op) => {
        const [seq, stamp, ...rest] = op;
        return stampReplica(stamp) === replica ? [seq, stamp.slice(0, SHORT_STAMP_LENGTH), ...rest] : op;
      });
      const isSame = replica === before;
      before = replica;
      return isSame ? [where, short] : [where, short, replica];
    }),
  };
}

function shortDecided({ verdicts, rejected, ...message }: DecidedMessage): unknown {
  const short = verdicts.map((verdict) => (verdict[1] === 'applied' ? verdict[0] : verdict));
  return { ...message, verdicts: short, ...(rejected.length === 0 ? {} : { rejected }) };
}

/** What arrived, with everything said. Nothing is judged here: what is no short form stays as it is. */
export function longForm(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const message = input as { readonly type?: unknown; readonly batches?: unknown; readonly verdicts?: unknown };
  if (message.type === 'submit' && Array.isArray(message.batches)) {
    return { ...message, batches: longBatches(message.batches) };
  }
  if (message.type === 'decided' && Array.isArray(message.verdicts)) {
    const verdicts = message.verdicts.map((verdict: unknown) =>
      typeof verdict === 'number' ? [verdict, 'applied'] : verdict,
    );
    return { rejected: [], ...message, verdicts };
  }
  return input;
}

function longBatches(batches: readonly unknown[]): readonly unknown[] {
  let before: unknown;
  return batches.map((batch) => {
    if (!Array.isArray(batch)) return batch;
    const [where, ops, replica = before] = batch as readonly unknown[];
    before = replica;
    return { replica, partition: where, ops: Array.isArray(ops) ? ops.map((op) => longOp(op, replica)) : ops };
  });
}

function longOp(op: unknown, replica: unknown): unknown {
  if (!Array.isArray(op) || typeof replica !== 'string') return op;
  const [seq, stamp, ...rest] = op as readonly unknown[];
  if (typeof stamp !== 'string' || stamp.length !== SHORT_STAMP_LENGTH) return op;
  return [seq, (stamp + replica) as Stamp, ...rest];
}
