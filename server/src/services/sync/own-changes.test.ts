import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import { EMPTY_RECORD, encodeRecord, type LwwRecord } from '@topgun/core/crdt';
import type { RowChange } from '@topgun/core/protocol';
import { describe, expect, test } from 'vitest';
import type { Committed } from '../../ports/partition-host.js';
import { newsBySession } from './commit-messages.js';
import { isOwnChange } from './own-changes.js';

const [MINE, OTHERS] = ['a.0', 'b.0'] as ReplicaId[] as [ReplicaId, ReplicaId];
const stamp = (replica: ReplicaId) => encodeStamp({ millis: 1, counter: 0, replica });
const by = (...replicas: readonly ReplicaId[]): LwwRecord => ({
  ...EMPTY_RECORD,
  fields: new Map(replicas.map((replica, n) => [`f${n}`, { stamp: stamp(replica), value: n }])),
});
const own = new Set([MINE]);
const tagTakenBy = (replica: ReplicaId): LwwRecord => ({
  ...EMPTY_RECORD,
  fields: new Map([['"x" a.0', { stamp: stamp(MINE), value: stamp(replica) }]]),
});
const update = (delta: LwwRecord): RowChange => ['update', 'k', encodeRecord(delta)];

describe('changes that are told by verdicts', () => {
  test.each<[boolean, string, Parameters<typeof isOwnChange>[0]]>([
    [true, 'fields of one’s own', update(by(MINE, MINE))],
    [true, 'an expiry of one’s own', update({ ...EMPTY_RECORD, expiry: { stamp: stamp(MINE), at: 5 } })],
    [
      true,
      'a life begun anew',
      update({ ...by(MINE), existence: { stamp: stamp(MINE), op: 'create' }, floor: stamp(MINE) }),
    ],
    [false, 'a field of somebody else among them', update(by(MINE, OTHERS))],
    [
      false,
      'a life begun by somebody else',
      update({ ...by(MINE), existence: { stamp: stamp(OTHERS), op: 'create' } }),
    ],
    [false, 'a floor of somebody else', update({ ...by(MINE), floor: stamp(OTHERS) })],
    [false, 'an expiry of somebody else', update({ ...by(MINE), expiry: { stamp: stamp(OTHERS), at: null } })],
    [false, 'a tag of one’s own that somebody else took away (CR-6)', update(tagTakenBy(OTHERS))],
    [true, 'a tag of one’s own that one took away oneself', update(tagTakenBy(MINE))],
    [false, 'a row that enters', ['enter', 'k', encodeRecord(by(MINE))]],
    [false, 'a row that leaves', ['out', 'k', encodeRecord(by(MINE))]],
    [false, 'a row that is gone', ['gone', 'k']],
  ])('SY-1: %s: %s', (expected, _, change) => {
    expect(isOwnChange(change, own)).toBe(expected);
  });

  const commit = (accepted: readonly (readonly [number, 'applied'])[]): Committed => ({
    type: 'committed',
    position: 7,
    verdicts: [{ session: 'mine', replica: MINE, accepted, rejected: [], totals: [], changed: [] }],
    diffs: [
      {
        view: 'v1',
        subscribers: [
          ['mine', 1],
          ['other', 1],
        ],
        changes: [update(by(MINE)), update(by(OTHERS))],
        full: false,
      },
      { view: 'v2', subscribers: [['mine', 2]], changes: [update(by(MINE))], full: false },
    ],
    outgrown: [],
  });
  const told = (news: ReturnType<typeof newsBySession>, session: string) =>
    news.get(session)?.diffs.map(({ sub, changes }) => [sub, changes.length]);

  test('SY-1: an author is not sent its own changes back; others are sent all, and a diff with nothing left is none', () => {
    const news = newsBySession(commit([[1, 'applied']]));
    expect(told(news, 'mine')).toEqual([[1, 1]]);
    expect(told(news, 'other')).toEqual([[1, 2]]);
    expect(news.get('mine')?.decided.length).toBe(1);
  });

  test('SY-1: who has had nothing accepted in the commit is sent everything', () => {
    expect(told(newsBySession(commit([])), 'mine')).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
});
