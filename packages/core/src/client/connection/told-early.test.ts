import { expect, test } from 'vitest';
import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { MapChanges, TabEvent } from '../ports/tab-events.js';
import { createToldEarly } from './told-early.js';

const replica = 'db.0' as ReplicaId;
const op: Op = {
  kind: 'remove',
  replica,
  seq: 1,
  stamp: encodeStamp({ millis: 1, counter: 0, replica }),
  map: 'm',
  key: 'a',
};
const drop = (key: string): MapChanges => ({ map: 'm', changes: [{ type: 'drop', key }] });

test('CL-8: what was told while storage failed is told once more, once: verdicts first, then all rows in one step, in order', () => {
  const told: TabEvent[] = [];
  const early = createToldEarly((event) => told.push(event));
  const through = { type: 'changes', maps: [drop('b')], subs: [], through: 7 } as const;
  early.note(through, { base: through.maps });
  early.note({ type: 'decided', position: 8, decisions: [{ op, outcome: 'applied' }] }, { base: [drop('a')] });
  expect(told).toEqual([]);
  early.stored();
  // Neither is a position: whoever was here has heard of it, and may be further.
  expect(told).toEqual([
    { type: 'decided', position: 0, decisions: [{ op, outcome: 'applied' }] },
    { type: 'changes', maps: [drop('b'), drop('a')], subs: [], through: null },
  ]);
  early.stored();
  expect(told).toHaveLength(2);
});
