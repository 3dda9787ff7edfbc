import { isSkewed } from '@topgun/core/clock';
import { isWholeTransaction, wireToOp, type OpTransaction } from '@topgun/core/crdt';
import { checkKey, err, isMapName, ok, partitionOf, type Hash64, type Result } from '@topgun/core/primitives';
import type { SubmitBatch, WireOp } from '@topgun/core/protocol';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import { refusal, type Refusal } from '../services/crdt/verdict.js';
import {
  passOn,
  type CheckedBatch,
  type CheckedFrame,
  type CheckedOp,
  type Loaded,
  type SessionFault,
  type Validated,
} from './stages.js';

export interface Validation {
  readonly hash: Hash64;
  /** The server's wall time, in ms since 1970. */
  readonly now: number;
  readonly keyBytes: number;
}

/**
 * Judges each op by itself. What is wrong with one op refuses that op alone (CL-7); an op in a partition that is not its
 * own ends the session, since its order among the others could not be kept (PI-5, PI-11).
 */
export function validate(frame: Loaded, validation: Validation): Result<Validated, SessionFault> {
  const { session, bytes, transaction, joint } = frame;
  // Of a joint one the whole was looked at by who divided it.
  if (transaction !== undefined && joint === undefined && !isTransactionOf(transaction, frame.batches)) {
    const { first, parts } = transaction;
    return err({
      code: 'malformed',
      reason: `The ops are not those of a transaction of ${parts} from op ${first} on.`,
    });
  }
  const batches: CheckedBatch[] = [];
  for (const { replica, partition, ops } of frame.batches) {
    for (const wire of ops) {
      const own = partitionOf(validation.hash, wire[2], wire[3]);
      if (own !== partition) {
        return err({
          code: 'malformed',
          reason: `Op ${wire[0]} of replica ${replica} belongs to partition ${own}, not ${partition}.`,
        });
      }
    }
    const check = (wire: WireOp): CheckedOp => checkHooked(replica, wire, frame.hooked?.get(wire), validation);
    batches.push({ replica, partition, ops: ops.map(check) });
  }
  return ok(passOn<'validated', CheckedFrame>({ session, bytes, transaction, joint, batches }));
}

/** CR-12: all its parts, each once, of one replica. With any other message part of a transaction would be decided by itself. */
const isTransactionOf = (transaction: OpTransaction, batches: readonly SubmitBatch[]): boolean =>
  batches.every(({ replica }) => replica === batches[0]?.replica) &&
  isWholeTransaction(
    transaction,
    batches.flatMap(({ ops }) => ops.map(([seq]) => seq)),
  );

/** HK-3: what a hook made of an op is judged in its place, by the same measures. */
function checkHooked(
  replica: SubmitBatch['replica'],
  wire: WireOp,
  hooked: Refusal | WireOp | undefined,
  validation: Validation,
): CheckedOp {
  if (hooked === undefined) return checkOp(replica, wire, validation);
  if ('code' in hooked) return refused(wire, validation.keyBytes, hooked);
  const checked = checkOp(replica, hooked, validation, true);
  return 'op' in checked ? { ...checked, isChanged: true } : checked;
}

function checkOp(
  replica: SubmitBatch['replica'],
  wire: WireOp,
  { now, keyBytes }: Validation,
  allowsEmptyPatch = false,
): CheckedOp {
  const decoded = wireToOp(replica, wire, { keyBytes, allowsEmptyPatch });
  if (!decoded.ok) {
    const { at, code, message } = decoded.error;
    return refused(wire, keyBytes, refusal(code, `${message} (${at})`));
  }
  if (isSystemMap(decoded.value.map)) {
    return refused(wire, keyBytes, refusal('map-name', `The map ${decoded.value.map} is the server's own.`));
  }
  if (isSkewed(decoded.value.stamp, now)) {
    const reason = "This device's clock is more than a minute ahead of the server's.";
    return refused(wire, keyBytes, refusal('clock-skew', reason));
  }
  return { seq: wire[0], wire, op: decoded.value };
}

/** What the ledger keeps of an op refused for its form: who, when and which record, but not what it tried to write. */
function refused(wire: WireOp, keyBytes: number, why: Refusal): CheckedOp {
  const [seq, stamp, map, key, kind] = wire;
  const keptMap = isMapName(map) ? map : '';
  const keptKey = checkKey(key, keyBytes).ok ? key : '';
  const kept: WireOp = kind === 'd' ? [seq, stamp, keptMap, keptKey, kind] : [seq, stamp, keptMap, keptKey, kind, []];
  return { seq, wire: kept, refusal: why };
}
