import * as z from 'zod/mini';
import { stampReplica } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { once } from '../primitives/once.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { partition, replicaId, sequence } from './scalars.js';
import type { RowChange } from './row-change.js';
import type { DecidedMessage, SubmitMessage } from './submission.js';
import type { RowsMessage } from './subscription.js';

/** Of a stamp, when its batch says whose it is: time and counter. No whole stamp is as short. */
const SHORT_STAMP_LENGTH = 11;

/** What the short forms look like; part of the frozen hash. */
export const shortFormSchemas = once(() => [
  z.union([z.tuple([partition(), z.array(z.unknown())]), z.tuple([partition(), z.array(z.unknown()), replicaId()])]),
  z.tuple([sequence(), z.string().check(z.length(SHORT_STAMP_LENGTH))], z.unknown()),
  z.union([sequence(), z.tuple([sequence(), z.enum(['applied', 'superseded'])])]),
]);

/**
 * PT-8: the message as it goes over the wire, without what its place says already. A batch is `[partition, ops, replica]`, and has no replica when
 * it is the one of the batch before; an op's stamp is without its replica; a verdict is its sequence when it says `applied`, and where
 * nothing is rejected nothing is said of that. In `rows` a stamp is without its replica when it is that of the stamp before.
 */
export function shortForm(message: ClientMessage | ServerMessage): unknown {
  if (message.type === 'submit') return shortSubmit(message);
  if (message.type === 'rows') return shortRows(message);
  return message.type === 'decided' ? shortDecided(message) : message;
}

function shortSubmit({ batches, ...message }: SubmitMessage): unknown {
  let before: ReplicaId | null = null;
  return {
    ...message,
    batches: batches.map(({ replica, partition: where, ops }) => {
      const short = ops.map((op) =>
        stampReplica(op[1]) === replica ? withStamp(op, op[1].slice(0, SHORT_STAMP_LENGTH)) : op,
      );
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

function shortRows(message: RowsMessage): unknown {
  let before: string | null = null;
  const short = (stamp: string): string => {
    if (stamp === '') return stamp;
    const replica = stamp.slice(SHORT_STAMP_LENGTH);
    const isSame = replica === before;
    before = replica;
    return isSame ? stamp.slice(0, SHORT_STAMP_LENGTH) : stamp;
  };
  return { ...message, changes: message.changes.map((change) => withStamps(change, short)) };
}

/** The same with each stamp replaced, in the order in which they stand. */
function withStamps(change: RowChange, replaced: (stamp: string) => string): unknown {
  if (change[0] === 'gone') return change;
  const [type, key, [existence, created, floor, fields, expiry]] = change;
  const record: unknown[] = [
    replaced(existence),
    created,
    replaced(floor),
    fields.map(([name, stamp, ...value]) => [name, replaced(stamp), ...value]),
  ];
  if (expiry !== undefined) record.push([replaced(expiry[0]), expiry[1]]);
  return [type, key, record];
}

/** What arrived, with everything said. Nothing is judged here: what is no short form stays as it is. */
export function longForm(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const message = input as { readonly [name: string]: unknown };
  if (message['type'] === 'submit' && Array.isArray(message['batches'])) {
    return { ...message, batches: longBatches(message['batches']) };
  }
  if (message['type'] === 'rows' && Array.isArray(message['changes'])) {
    return { ...message, changes: longChanges(message['changes']) };
  }
  if (message['type'] === 'decided' && Array.isArray(message['verdicts'])) {
    const verdicts = message['verdicts'].map((verdict: unknown) =>
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
  const stamp = op[1] as unknown;
  if (typeof stamp !== 'string' || stamp.length !== SHORT_STAMP_LENGTH) return op;
  return withStamp(op, stamp + replica);
}

/** A copy of the op with this stamp. (Taking it apart and putting it together again costs a second array, and several times as long.) */
function withStamp(op: readonly unknown[], stamp: string): readonly unknown[] {
  const copy = op.slice();
  copy[1] = stamp;
  return copy;
}

function longChanges(changes: readonly unknown[]): readonly unknown[] {
  let before = '';
  const long = (stamp: string): string => {
    if (stamp.length === SHORT_STAMP_LENGTH) return stamp + before;
    if (stamp.length > SHORT_STAMP_LENGTH) before = stamp.slice(SHORT_STAMP_LENGTH);
    return stamp;
  };
  return changes.map((change) => (hasStamps(change) ? withStamps(change, long) : change));
}

/** Whether stamps stand where {@link withStamps} looks for them. What else is wrong with it is judged afterwards. */
function hasStamps(change: unknown): change is RowChange {
  if (!Array.isArray(change) || change.length !== 3 || change[0] === 'gone' || !Array.isArray(change[2])) return false;
  const [existence, , floor, fields, expiry] = change[2] as readonly unknown[];
  if (change[2].length < 4 || change[2].length > 5 || !Array.isArray(fields)) return false;
  const isText = (stamp: unknown): boolean => typeof stamp === 'string';
  const isExpiry = change[2].length === 4 || (Array.isArray(expiry) && expiry.length === 2 && isText(expiry[0]));
  const isRegister = (field: unknown): boolean => Array.isArray(field) && field.length >= 2 && isText(field[1]);
  return isText(existence) && isText(floor) && isExpiry && fields.every(isRegister);
}
