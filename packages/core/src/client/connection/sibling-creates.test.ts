import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import { createOp, entry } from '../storage/samples.contract.js';
import { createSiblingCreates, PATIENCE_TICKS } from './sibling-creates.js';

const OWN = 'dbdbdbdbdbdb.own' as ReplicaId;
const SIBLING = 'dbdbdbdbdbdb.sibling' as ReplicaId;
const GONE = 'dbdbdbdbdbdb.gone' as ReplicaId;

const created = (key: string, seq = 1, millis = 100): Op => createOp(seq, { replica: SIBLING, key, millis });
const patched = (key: string, replica: ReplicaId, seq: number, millis: number): Op => {
  const { stamp } = createOp(seq, { replica, millis });
  return { kind: 'patch', replica, seq, stamp, map: 'todos', key, fields: [] };
};

describe('creates of siblings', () => {
  it('CL-4: an own edit comes after the creates of its record that were known when it was written', () => {
    const creates = createSiblingCreates();
    const create = created('a');
    const early = patched('a', OWN, 1, 1);
    creates.written(early);
    creates.hear({ type: 'persisted', entries: [entry(create), entry(created('b', 2))] });
    // Its stamp is the earlier one: what was seen counts.
    const late = patched('a', OWN, 2, 2);
    creates.written(late);
    expect([...creates.before(early)]).toEqual([]);
    expect([...creates.before(late)]).toEqual([create]);
    creates.hear({ type: 'decided', position: 1, decisions: [{ op: create, outcome: 'applied' }] });
    expect([...creates.before(late)]).toEqual([]);
  });

  it('CL-4: a create waits for nothing, and an edit for no other record', () => {
    const creates = createSiblingCreates();
    creates.note([created('a')]);
    const own = createOp(1, { replica: OWN, key: 'a', millis: 200 });
    const other = patched('c', OWN, 2, 200);
    for (const op of [own, other]) creates.written(op);
    expect([own, other].flatMap((op) => [...creates.before(op)])).toEqual([]);
  });

  it('CL-4: of an adopted edit the stamps tell', () => {
    const creates = createSiblingCreates();
    const create = created('a', 1, 100);
    creates.note([create]);
    expect([...creates.before(patched('a', GONE, 1, 101))]).toEqual([create]);
    expect([...creates.before(patched('a', GONE, 1, 99))]).toEqual([]);
  });

  it('CL-4: nothing waits for ever: a circle of what was seen and what the stamps say ends', () => {
    const creates = createSiblingCreates();
    const pass = (count: number): void => {
      for (let left = count; left > 0; left -= 1) creates.tick();
    };
    const [create, edit] = [created('a', 1, 100), patched('a', OWN, 1, 200)];
    creates.note([create]);
    creates.written(edit);
    // Offline nobody gets anything through: that is no reason to give up.
    pass(3 * PATIENCE_TICKS);
    creates.hear({ type: 'connection', state: 'reconciling', error: null });
    pass(PATIENCE_TICKS - 1);
    // Said once more, it is no younger.
    creates.note([create]);
    expect([...creates.before(edit)]).toEqual([create]);
    pass(1);
    expect([...creates.before(edit)]).toEqual([]);
    const later = created('b', 2, 300);
    creates.note([later]);
    expect([...creates.before(patched('b', GONE, 1, 301))]).toEqual([later]);
  });

  it('CR-2: a create that is issued again is known by its new id', () => {
    const creates = createSiblingCreates();
    const [create, again] = [created('a'), createOp(1, { replica: GONE, key: 'a', millis: 100 })];
    creates.note([create]);
    const moved = [{ from: create, entry: entry(again) }];
    creates.hear({ type: 'reissued', replica: SIBLING, successor: GONE, moved });
    const edit = patched('a', OWN, 1, 200);
    creates.written(edit);
    expect([...creates.before(edit)]).toEqual([again]);
  });
});
