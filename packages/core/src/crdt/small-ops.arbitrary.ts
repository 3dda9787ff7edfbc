import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import type { RecordOp } from './op.js';

const stampAt = (millis: number, replica: string): Stamp =>
  encodeStamp({ millis, counter: 0, replica: replica as ReplicaId });

/** What identifies an op of replica `replica`, but for its key. */
export const opIdAt = (millis: number, replica: string) => ({
  replica: replica as ReplicaId,
  seq: millis,
  stamp: stampAt(millis, replica),
  map: 'm',
});

type Fields = Readonly<Record<string, Value | undefined>>;
const writes = (fields: Fields) => Object.entries(fields).map(([name, value]) => ({ name, value }));

export const created = (key: string, millis: number, replica: string, fields: Fields, restart = false): RecordOp => ({
  ...opIdAt(millis, replica),
  key,
  kind: 'create',
  fields: writes(fields),
  restart,
});

export const patched = (key: string, millis: number, replica: string, fields: Fields): RecordOp => ({
  ...opIdAt(millis, replica),
  key,
  kind: 'patch',
  fields: writes(fields),
});

export const removed = (key: string, millis: number, replica: string): RecordOp => ({
  ...opIdAt(millis, replica),
  key,
  kind: 'remove',
});

export const ending = (op: RecordOp, expiresAt: number | null): RecordOp =>
  op.kind === 'remove' ? op : { ...op, expiresAt };

/**
 * Ops of two replicas on two records, one of each kind and of each way in which two of them meet: at one time, before and after a removal,
 * on one field, on a field and the scalar that covers it.
 */
export const SMALL_OPS: readonly RecordOp[] = [
  created('x', 1, 'a', { f: 1 }),
  created('x', 1, 'b', { f: 2, g: 1 }),
  removed('x', 2, 'b'),
  created('x', 2, 'b', { f: 3 }),
  created('x', 3, 'a', { g: 3 }, true),
  patched('x', 2, 'a', { f: undefined }),
  patched('x', 3, 'b', { f: 4, g: undefined }),
  patched('x', 4, 'a', { '': 5 }),
  ending(patched('x', 3, 'b', {}), 9),
  created('y', 1, 'a', { f: 1 }),
  removed('y', 1, 'a'),
  patched('y', 2, 'b', { f: 2 }),
];

/** Every choice of so many of them, in their order. */
export function* choices<T>(items: readonly T[], count: number, from = 0): Generator<readonly T[]> {
  if (count === 0) return yield [];
  for (let i = from; i <= items.length - count; i += 1) {
    for (const rest of choices(items, count - 1, i + 1)) yield [items[i]!, ...rest];
  }
}

/** Every order of them. */
export function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) return yield [];
  for (const [i, first] of items.entries()) {
    const others = [...items.slice(0, i), ...items.slice(i + 1)];
    for (const rest of orders(others)) yield [first, ...rest];
  }
}
