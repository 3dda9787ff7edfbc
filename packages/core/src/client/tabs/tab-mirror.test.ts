import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { TabEvent } from '../ports/tab-events.js';
import { createTabMirror } from './tab-mirror.js';

const [own, other] = ['db.0', 'db.1'] as [ReplicaId, ReplicaId];
const entry = (replica: ReplicaId, seq: number): OutboxEntry => ({
  op: { kind: 'remove', replica, seq, stamp: encodeStamp({ millis: seq, counter: 0, replica }), map: 'm', key: 'k' },
  handed: true,
});

function createHeard() {
  const mirror = createTabMirror();
  const heard: TabEvent[] = [];
  mirror.onEvent((event) => heard.push(event));
  return { mirror, heard };
}

describe('what a tab hears', () => {
  it('CL-4: an op is never persisted after it was decided, and never told to its own author', () => {
    const { mirror, heard } = createHeard();
    mirror.own(own, 5);
    mirror.take({ type: 'decided', position: 1, decisions: [{ op: entry(other, 1).op, outcome: 'applied' }] });
    mirror.take({ type: 'persisted', entries: [entry(other, 1)] });
    mirror.take({ type: 'persisted', entries: [entry(own, 5)] });
    mirror.take({ type: 'persisted', entries: [entry(other, 1), entry(other, 2), entry(own, 6)] });
    expect(heard.slice(1)).toEqual([{ type: 'persisted', entries: [entry(other, 2)] }]);
  });

  it('CR-2: an op that has moved to another replica is not pending under its old id', () => {
    const { mirror, heard } = createHeard();
    const from = { replica: other, seq: 1 };
    mirror.take({ type: 'reissued', replica: other, successor: own, moved: [{ from, entry: entry(own, 1) }] });
    mirror.take({ type: 'persisted', entries: [entry(other, 1)] });
    expect(heard.map(({ type }) => type)).toEqual(['reissued']);
    expect([mirror.isSpent(other), mirror.isSpent(own)]).toEqual([true, false]);
  });

  it('keeps the state and the offset, and tells a state once', () => {
    const { mirror, heard } = createHeard();
    expect([mirror.state(), mirror.offsetMs()]).toEqual(['offline', 0]);
    mirror.take({ type: 'connection', state: 'offline', error: null });
    mirror.take({ type: 'connection', state: 'live', error: null });
    mirror.take({ type: 'connection', state: 'live', error: null });
    mirror.take({ type: 'clock', offsetMs: 9, restamped: [] });
    expect(heard.map(({ type }) => type)).toEqual(['connection', 'clock']);
    expect([mirror.state(), mirror.offsetMs()]).toEqual(['live', 9]);
  });

  it('CL-8: before the first welcome nothing has been sent that was not marked so; after it this tab cannot say', () => {
    const { mirror } = createHeard();
    const [stored, ours, theirs] = [entry(own, 1), entry(own, 2), entry(other, 1)].map((each) => ({
      ...each,
      handed: false,
    })) as [OutboxEntry, OutboxEntry, OutboxEntry];
    mirror.persisted([ours, entry(own, 3)]);
    mirror.take({ type: 'persisted', entries: [theirs, entry(other, 2)] });
    mirror.take({ type: 'connection', state: 'connecting', error: null });
    expect(mirror.unsent([stored, entry(other, 3)])).toEqual([stored, ours, theirs]);
    mirror.take({ type: 'connection', state: 'reconciling', error: null });
    mirror.take({ type: 'connection', state: 'offline', error: null });
    mirror.persisted([ours]);
    expect(mirror.unsent([stored])).toEqual([]);
  });

  it('says nothing to a listener that has left', () => {
    const mirror = createTabMirror();
    const heard: TabEvent[] = [];
    const leave = mirror.onEvent((event) => heard.push(event));
    leave();
    mirror.take({ type: 'unsettled', subs: null });
    expect(heard).toEqual([]);
  });
});
