import { expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Op } from './op.js';
import { retagOp } from './retag-op.js';

const [old, next, other] = ['-------0---a.0', '-------1---a.0', '-------2---b.0'] as [Stamp, Stamp, Stamp];
const id = { replica: 'b.0' as ReplicaId, seq: 1, stamp: other, map: 'm', key: 'k' };

test('CR-6, CR-11: an op names tags as they are called now', () => {
  const moved = new Map([[old, next]]);
  const discard: Op = { ...id, kind: 'discard', value: 1, tags: [old, other] };
  expect(retagOp(discard, moved)).toEqual({ ...discard, tags: [next, other] });
  expect(retagOp({ ...id, kind: 'add', value: 1, tags: [old] }, moved)).toMatchObject({ tags: [next] });
});

test('an op that is not concerned stays the very same', () => {
  const moved = new Map([[old, next]]);
  const ops: Op[] = [
    { ...id, kind: 'discard', value: 1, tags: [other] },
    { ...id, kind: 'count', delta: 1 },
    { ...id, kind: 'remove' },
  ];
  for (const op of ops) expect(retagOp(op, moved)).toBe(op);
});
