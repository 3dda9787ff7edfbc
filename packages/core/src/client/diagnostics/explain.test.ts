import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToRecord, type LwwRecord, type Op, type OpBody } from '../../crdt/index.js';
import { parsedQuery } from '../testing/tab-harness.js';
import { explainMap, explainRecord, type PendingFacts, type RecordFacts, type WholeMapFacts } from './explain.js';
import type { PendingWait } from './explanation.js';
import type { SubmissionWait } from '../connection/submission-wait.js';

const replica = 'db.0' as ReplicaId;
const opOf = (seq: number, body: OpBody): Op => {
  const stamp = encodeStamp({ millis: 1_000 + seq, counter: 0, replica });
  return { ...body, replica, seq, stamp, map: 'notes', key: 'a' };
};
const field = { name: 'text', value: 'a secret' };
const create = opOf(1, { kind: 'create', fields: [field], restart: false });
const patch = opOf(2, { kind: 'patch', fields: [field] });
const remove = opOf(3, { kind: 'remove' });
const record: LwwRecord = opToRecord(create);

const LIVE = { isLocalOnly: false, state: 'live', fault: null, isPaused: false, leads: true } as const;
const DISK = { kind: 'database', unsaved: 0, persistence: null, lastFault: null } as const;
const subscription = { map: 'notes', query: parsedQuery({}), isSettled: true, rows: 1, error: null, holds: true };

const facts = (rest: Partial<RecordFacts> = {}): RecordFacts => ({
  map: 'notes',
  key: 'a',
  status: 'loaded',
  isShown: true,
  base: record,
  held: record,
  now: 5_000,
  syncState: 'synced',
  pending: [],
  lastAck: null,
  rejections: [],
  subscriptions: [subscription],
  connection: LIVE,
  storage: DISK,
  ...rest,
});
const missing = { isShown: false, base: undefined, held: undefined };
const wait = (waitsFor: SubmissionWait['waitsFor'], behind: string | null = null): PendingFacts => ({
  op: patch,
  isDurable: true,
  wait: { isSent: waitsFor === 'decision', waitsFor, behind },
});
const unsaved: PendingFacts = { op: patch, isDurable: false, wait: null };
const other: PendingFacts = { op: patch, isDurable: true, wait: null };

/** [what is so, presence, the summary after the name] */
const PRESENCES: readonly (readonly [Partial<RecordFacts>, string, string])[] = [
  [{}, 'shown', 'is here as the server confirmed it.'],
  [{ subscriptions: [] }, 'shown', 'is here as this device last heard of it: no live subscription keeps it current.'],
  [
    { subscriptions: [{ ...subscription, isSettled: false }] },
    'shown',
    'is here as this device last heard of it: no live subscription keeps it current.',
  ],
  [{ connection: { ...LIVE, isLocalOnly: true } }, 'shown', 'is here; there is no server.'],
  [
    { ...missing, status: 'unused' },
    'unused',
    'is not here: its map has not been used in this tab, so that nothing of it is read.',
  ],
  [{ ...missing, status: 'loading' }, 'loading', 'is not here yet: its map is being read from storage.'],
  [{ isShown: false, base: opToRecord(remove), held: opToRecord(remove) }, 'removed', 'is not here: it was removed.'],
  [
    { isShown: false, held: { ...record, expiry: { stamp: create.stamp, at: 4_999 } } },
    'expired',
    'is not here: its time to live has run out.',
  ],
  [
    { isShown: false, held: { ...record, existence: null } },
    'incomplete',
    'is not here: edits of it are known, and nothing that created it.',
  ],
  [
    { ...missing, subscriptions: [] },
    'unknown',
    'is not here: nothing is known of it. Nothing in this tab subscribes to it.',
  ],
  [
    { ...missing, subscriptions: [{ ...subscription, holds: false }] },
    'unknown',
    'is not here: nothing is known of it. The server has answered 1 subscription.',
  ],
  [
    { ...missing, subscriptions: [{ ...subscription, isSettled: false, holds: false }] },
    'unknown',
    'is not here: nothing is known of it. The server has answered 0 of 1 subscription.',
  ],
  [
    {
      ...missing,
      subscriptions: [{ ...subscription, isSettled: false, error: { code: 'too-many-rows', reason: 'No.' } }],
    },
    'unknown',
    'is not here: nothing is known of it. The server refuses a subscription (too-many-rows: No.).',
  ],
  [{ ...missing, connection: { ...LIVE, isLocalOnly: true } }, 'unknown', 'is not here: nothing has written it.'],
];

/** [the pending op, what is so, what it waits for, the last sentence] */
const WAITS: readonly (readonly [PendingFacts, Partial<RecordFacts>, PendingWait, string])[] = [
  [unsaved, {}, 'storage', '1 write of it waits to be stored on this device.'],
  [
    unsaved,
    { storage: { ...DISK, kind: 'opening' } },
    'storage',
    '1 write of it waits for the local database to open.',
  ],
  [
    unsaved,
    { storage: { ...DISK, lastFault: { at: 1, code: 'quota', message: 'The disk is full.' } } },
    'storage',
    '1 write of it waits to be stored on this device (last fault: quota: The disk is full.).',
  ],
  [other, {}, 'leader', '1 write of it waits for the tab that leads, which sends it.'],
  [
    other,
    { connection: { ...LIVE, state: 'backing-off', fault: { code: 'lost', reason: 'No network' } } },
    'connection',
    '1 write of it waits for the next attempt to connect (lost: No network).',
  ],
  [
    other,
    { connection: { ...LIVE, state: 'offline', isPaused: true } },
    'connection',
    '1 write of it waits until the app connects again.',
  ],
  [
    other,
    { connection: { ...LIVE, state: 'needs-auth' } },
    'connection',
    '1 write of it waits for a token that the server accepts.',
  ],
  [
    other,
    { connection: { ...LIVE, state: 'incompatible' } },
    'connection',
    "1 write of it waits for a client that speaks the server's protocol.",
  ],
  [
    other,
    { connection: { ...LIVE, state: 'closed' } },
    'connection',
    '1 write of it waits for the next start: this client is closed.',
  ],
  [
    other,
    { connection: { ...LIVE, state: 'connecting' } },
    'connection',
    '1 write of it waits for a connection, which is connecting.',
  ],
  [wait('preparation'), {}, 'preparation', '1 write of it waits to be made ready for sending.'],
  [wait('window'), {}, 'window', '1 write of it waits until the server has decided some of those sent before.'],
  [
    wait('sibling-create', 'db.1:7'),
    {},
    'sibling-create',
    '1 write of it waits for the creation of its record, which another tab sends, behind an earlier write (db.1:7).',
  ],
  [wait('sending'), {}, 'sending', '1 write of it waits to be sent next.'],
  [wait('decision'), {}, 'decision', "1 write of it waits for the server's decision: it has been sent."],
];

describe('CL-34: explaining a record', () => {
  it.each(PRESENCES)('%o: %s', (rest, presence, summary) => {
    const explained = explainRecord(facts(rest));
    expect([explained.presence, explained.summary]).toEqual([presence, `notes/a ${summary}`]);
  });

  it.each(WAITS)('%o, %o: waits for %s', (pending, rest, waitsFor, sentence) => {
    const explained = explainRecord(facts({ ...rest, pending: [pending] }));
    expect(explained.pending).toMatchObject([{ op: 'db.0:2', kind: 'patch', waitsFor, isDurable: pending.isDurable }]);
    expect(explained.summary).toBe(`notes/a is here, with writes that the server has not decided. ${sentence}`);
  });

  it('tells whether a write was sent, or that only another tab knows', () => {
    const sent = [unsaved, other, wait('window'), wait('decision')].map(
      (pending) => explainRecord(facts({ pending: [pending] })).pending[0]?.isSent,
    );
    expect(sent).toEqual([false, null, false, true]);
  });

  it('tells of writes in the order in which they leave, of what is only here, and of what is removed only here', () => {
    const writes = [
      { ...other, op: remove },
      { ...unsaved, op: create },
    ];
    const { pending, summary } = explainRecord(facts({ base: undefined, pending: writes }));
    expect(pending.map(({ op }) => op)).toEqual(['db.0:1', 'db.0:3']);
    expect(summary).toBe(
      'notes/a is here as it was written on this device: the server has confirmed nothing of it. ' +
        'Of 2 writes of it the first waits to be stored on this device.',
    );
    const removedHere = facts({
      isShown: false,
      held: opToRecord(remove),
      pending: [{ ...wait('decision'), op: remove }],
    });
    expect(explainRecord(removedHere).summary).toContain('it was removed on this device.');
  });

  it('tells refusals and how the last accepted write ended', () => {
    const rejections = [{ id: 'db.0:2', code: 'not-permitted', reason: 'You may not.', at: 1 }];
    const lastAck = { at: 1, op: 'db.0:1', outcome: 'superseded' } as const;
    const explained = explainRecord(facts({ rejections, lastAck, syncState: 'rejected' }));
    expect(explained).toMatchObject({ rejections, lastAck, syncState: 'rejected' });
    expect(explained.summary).toBe(
      'notes/a is here as the server confirmed it. The last write of it was accepted after a later one had taken its place. ' +
        'The server has refused 1 write of it (not-permitted: You may not.).',
    );
  });

  it('tells the confirmed stamps by field, and no value', () => {
    const explained = explainRecord(facts({ pending: [wait('window')] }));
    const { existence } = record;
    expect(explained.confirmed).toEqual({ existence, fields: { text: create.stamp }, expiresAt: null });
    expect(JSON.stringify(explained)).not.toContain('secret');
    expect(explainRecord(facts(missing)).confirmed).toBe(null);
  });
});

describe('CL-34: explaining a map', () => {
  const mapFacts = (rest: Partial<WholeMapFacts> = {}): WholeMapFacts => ({
    map: 'notes',
    status: 'loaded',
    records: 2,
    confirmed: 1,
    pending: 0,
    oldest: null,
    rejections: 0,
    subscriptions: [subscription],
    connection: LIVE,
    storage: DISK,
    ...rest,
  });

  it.each<readonly [Partial<WholeMapFacts>, string]>([
    [{}, 'notes shows 2 records. No write of it is undecided. The server has answered 1 subscription.'],
    [
      { pending: 3, oldest: wait('window'), rejections: 1 },
      'notes shows 2 records. Of 3 writes of it the first waits until the server has decided some of those sent before. ' +
        'Refused: 1 write of it. The server has answered 1 subscription.',
    ],
    [
      { status: 'unused', subscriptions: [] },
      'notes has not been used in this tab, so that nothing of it is read. No write of it is undecided. Nothing in this tab subscribes to it.',
    ],
    [{ connection: { ...LIVE, isLocalOnly: true } }, 'notes shows 2 records. There is no server.'],
  ])('%o', (rest, summary) => {
    expect(explainMap(mapFacts(rest)).summary).toBe(summary);
  });
});
