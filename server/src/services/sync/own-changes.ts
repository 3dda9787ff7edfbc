import { isStamp, stampReplica, type ReplicaId, type Stamp } from '@topgun/core/clock';
import type { JsonValue } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';

/**
 * Whether the verdicts say all that the change does: a row that stays where it is, changed by nothing but ops of these replicas, which
 * were accepted in the very commit. Who wrote them merges them with its row when it hears of that.
 */
export function isOwnChange(change: RowChange, replicas: ReadonlySet<ReplicaId>): boolean {
  if (change[0] !== 'update') return false;
  const [existence, , floor, fields, expiry] = change[2];
  const isOwn = (stamp: Stamp | ''): boolean => stamp === '' || replicas.has(stampReplica(stamp));
  // CR-6: a tag is taken away at its own stamp, so who did it is said by the value. A text that looks like it costs a field too many.
  const isOwnValue = (value: JsonValue | undefined): boolean => !isStamp(value) || replicas.has(stampReplica(value));
  return (
    isOwn(existence) &&
    isOwn(floor) &&
    isOwn(expiry?.[0] ?? '') &&
    fields.every(([, stamp, value]) => isOwn(stamp) && isOwnValue(value))
  );
}
