import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToRecord, type Op, type RecordOp } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import type { ChangesEvent } from '../ports/tab-events.js';
import type { VirtualTime } from './virtual-time.js';

const remote = 'elsewhere' as ReplicaId;
let counter = 0;

/** An op of another device, written now. */
export function remoteOp(
  { time }: { readonly time: VirtualTime },
  key: string,
  kind: RecordOp['kind'],
  fields: { readonly [name: string]: Value } = {},
): Op {
  counter++;
  // A little ahead of this device, as clocks are: later than anything it has written by now.
  const stamp = encodeStamp({ millis: time.clock.now() + 1, counter, replica: remote });
  const id = { replica: remote, seq: counter, stamp, map: 'any', key };
  if (kind === 'remove') return { ...id, kind };
  const writes = Object.entries(fields).map(([name, value]) => ({ name, value }));
  return kind === 'create' ? { ...id, kind, fields: writes, restart: false } : { ...id, kind, fields: writes };
}

/** The push that brings these ops. */
export function toChanges(map: string, ...ops: readonly Op[]): ChangesEvent {
  const changes = ops.map((op) => ({ type: 'merge' as const, key: op.key, delta: opToRecord(op) }));
  return { type: 'changes', maps: [{ map, changes }], subs: [], through: null };
}
