import { stampMillis, stampReplica } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { assertNever } from '../primitives/assert-never.js';
import type { Op, OpBody } from './op.js';

/** The op that a body becomes under this identity. Written out: spreading the body into the new object took 7 of the 8 µs that issuing an op cost. */
export function opOfBody(body: OpBody, replica: ReplicaId, seq: number, stamp: Stamp, map: string, key: string): Op {
  switch (body.kind) {
    case 'create': {
      const { fields, restart, ttlMs } = body;
      if (ttlMs === undefined) return { kind: 'create', replica, seq, stamp, map, key, fields, restart };
      return { kind: 'create', replica, seq, stamp, map, key, fields, restart, expiresAt: endOf(stamp, ttlMs) };
    }
    case 'patch': {
      const { fields, ttlMs } = body;
      if (ttlMs === undefined) return { kind: 'patch', replica, seq, stamp, map, key, fields };
      return { kind: 'patch', replica, seq, stamp, map, key, fields, expiresAt: endOf(stamp, ttlMs) };
    }
    case 'remove':
      return { kind: 'remove', replica, seq, stamp, map, key };
    case 'add':
      // Its own earlier tag the new one replaces by itself.
      return { kind: 'add', replica, seq, stamp, map, key, value: body.value, tags: othersTags(body.tags, replica) };
    case 'discard':
      return { kind: 'discard', replica, seq, stamp, map, key, value: body.value, tags: body.tags };
    case 'count':
      return { kind: 'count', replica, seq, stamp, map, key, delta: body.delta };
    default:
      return assertNever(body);
  }
}

const othersTags = (tags: readonly Stamp[], replica: ReplicaId): readonly Stamp[] =>
  tags.filter((tag) => stampReplica(tag) !== replica);

/** CR-9: counted from the stamp, so that it moves with the stamp when the clock turns out to be off. */
const endOf = (stamp: Stamp, ttlMs: number | null): number | null =>
  ttlMs === null ? null : stampMillis(stamp) + ttlMs;
