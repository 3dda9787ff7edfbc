import type { ReplicaId } from '@topgun/core/clock';

// What a host says to clients and to whoever runs it.

export const othersReplica = (replica: ReplicaId) =>
  ({ code: 'unknown-replica', reason: `The replica ${replica} is another principal's.`, fatal: true }) as const;

export const DAMAGED = 'The database is damaged; this server stops. Restore it from a backup, and start it again.';

export const REPLACED = {
  code: 'session-replaced',
  reason: 'A newer connection speaks for the same replica.',
  fatal: true,
} as const;

export const OWNER_UNREADABLE = {
  code: 'overloaded',
  reason: 'Whose the replica is cannot be read now; try again.',
  fatal: true,
} as const;

export const UNREADABLE = {
  code: 'overloaded',
  message: 'The records that the query is about cannot be read now; try again.',
} as const;

export const HELD_ELSEWHERE =
  'A client of another history held rows that are not here, or not so; what of it others wrote is lost unless they give it back.';
