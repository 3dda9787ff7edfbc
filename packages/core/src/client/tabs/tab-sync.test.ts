import { describe, expect, it } from 'vitest';

import { opToRecord } from '../../crdt/index.js';
import type { StorageError } from '../ports/storage.js';
import { expectOrderlySubmission } from '../testing/expect-orderly-submission.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { ROLL_CALL_MS } from './sibling-tabs.js';
import { createFakeWorld, creates, patches, whereEquals, WHOLE } from '../testing/fake-world.js';
import { remoteOp } from '../testing/remote-changes.js';

const OPEN_TODOS = whereEquals('done', false);
const BROKEN: StorageError = { code: 'failed', message: 'broken' };

describe('one tab', () => {
  it('CL-1, CL-5: submits what is durable, and its verdict makes it base', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    expect(tab.sync.connectionState()).toBe('live');
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(tab.pending()).toEqual([]);
    expect(tab.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(tab.decisions).toHaveLength(1);
    const outbox = await tab.storage.loadOutbox();
    expect(outbox).toEqual({ ok: true, value: [] });
    const stored = await tab.storage.loadMap('todos');
    expect(stored.ok && [...stored.value.keys()]).toEqual(['a']);
  });

  it('CL-7: a refused op leaves the outbox, is stored as a rejection, and blocks nothing', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    server.refuse((op) => (op.key === 'bad' ? 'not-permitted' : null));
    await tab.write('todos', 'bad', creates({ text: 'no' }));
    await tab.write('todos', 'good', creates({ text: 'yes' }));
    await time.settle();
    expect([...tab.rows('todos').keys()]).toEqual(['good']);
    const rejections = await tab.storage.loadRejections();
    expect(rejections.ok && rejections.value.map(({ op, code }) => [op.key, code])).toEqual([['bad', 'not-permitted']]);
    expect(tab.pending()).toEqual([]);
  });

  it('CL-5: at most the window is undecided, however many wait', async () => {
    const { time, server, open } = createFakeWorld({ windowOps: 4 });
    const tab = await open();
    server.holdDecisions();
    for (let i = 0; i < 11; i += 1) await tab.write('todos', `k${i}`, creates({ i }));
    await time.settle();
    expect(server.submitted).toHaveLength(4);
    server.releaseDecisions();
    await time.settle();
    expect(server.submitted).toHaveLength(11);
    expectOrderlySubmission(server);
    expect(tab.pending()).toEqual([]);
  });

  it('CL-5: what a verdict makes room for is sent before this device sees to the verdict', async () => {
    const { time, server, transport, open } = createFakeWorld({ windowOps: 2 });
    const order: string[] = [];
    const tab = await open({
      transport: {
        ...transport,
        connect(url, hello, events) {
          const connection = transport.connect(url, hello, events);
          return {
            ...connection,
            send(message) {
              if (message.type === 'submit')
                order.push(...message.batches.flatMap(({ ops }) => ops.map((op) => op[3])));
              connection.send(message);
            },
          };
        },
      },
    });
    tab.sync.onEvent((event) => {
      if (event.type === 'decided') order.push(`decided ${event.decisions.map(({ op }) => op.key).join(' ')}`);
    });
    server.holdDecisions();
    for (const key of ['a', 'b', 'c', 'd']) await tab.write('todos', key, creates({ key }));
    await time.settle();
    server.releaseDecisions();
    await time.settle();
    expect(order.indexOf('c')).toBeLessThan(order.findIndex((step) => step.startsWith('decided a')));
    expect([order[0], order.at(-1)]).toEqual(['a', expect.stringContaining('decided')]);
    expect(tab.pending()).toEqual([]);
  });

  it('CL-5: a new connection sends the undecided ops again, oldest first, and old verdicts change nothing', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    server.holdDecisions();
    for (const key of ['a', 'b', 'c']) await tab.write('todos', key, creates({ key }));
    await time.settle();
    server.dropConnections();
    server.releaseDecisions(); // decided, but the answer is lost
    await time.advance(2_000);
    expect(server.submitted.map(({ connection, op }) => [connection, op.key])).toEqual([
      [1, 'a'],
      [1, 'b'],
      [1, 'c'],
      [2, 'a'],
      [2, 'b'],
      [2, 'c'],
    ]);
    expect(server.taken).toHaveLength(3);
    expect(tab.pending()).toEqual([]);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('an op too large for any message is refused here, and the ops behind it go on', async () => {
    const { time, server, open } = createFakeWorld({ messageBytes: 2_000 });
    const tab = await open();
    await tab.write('todos', 'huge', creates({ text: 'x'.repeat(3_000) }));
    await tab.write('todos', 'small', creates({ text: 'y' }));
    await time.settle();
    expect([...server.rows('todos').keys()]).toEqual(['small']);
    expect(tab.decisions.map((decision) => [decision.op.key, decision.outcome])).toEqual([
      ['huge', 'rejected'],
      ['small', 'applied'],
    ]);
  });

  it('leaves no timer and no lock behind', async () => {
    const { time, tabs, open } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    await tab.close();
    expect(time.pendingTimers()).toBe(0);
    expect(tabs.heldLocks()).toEqual([]);
  });
});

describe('several tabs', () => {
  it('CL-4: one connection for all; an edit shows in the siblings, online and off', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const [first, second] = [await open(), await open()];
    await second.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    expect(transport.connections).toHaveLength(1);
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(first.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(second.pending()).toEqual([]);
    expect(first.replica()).not.toBe(second.replica());

    transport.cut();
    await time.settle();
    expect(second.sync.connectionState()).toBe('backing-off');
    await first.write('todos', 'b', creates({ text: 'tea' }));
    await time.settle();
    expect(second.rows('todos').get('b')).toEqual({ text: 'tea' });
    expect(second.pending()).toHaveLength(1);

    transport.restore();
    await time.advance(40_000);
    expect(server.rows('todos').get('b')).toEqual({ text: 'tea' });
    expect(second.pending()).toEqual([]);
    expect(second.sync.connectionState()).toBe('live');
    expectOrderlySubmission(server);
  });

  for (const ending of ['close', 'crash'] as const) {
    it(`CL-4: the leader's ${ending} mid-window loses no op and sends none twice on a connection`, async () => {
      const { time, server, open } = createFakeWorld({ windowOps: 8 });
      const [leader, follower, third] = [await open(), await open(), await open()];
      server.holdDecisions();
      for (let i = 0; i < 20; i += 1) {
        await leader.write('todos', `l${i}`, creates({ i }));
        await follower.write('todos', `f${i}`, creates({ i }));
      }
      await time.settle();
      expect(server.submitted).toHaveLength(16);
      if (ending === 'close') await leader.close();
      else leader.crash();
      server.releaseDecisions();
      await time.advance(5_000);
      expect(server.rows('todos').size).toBe(40);
      expect(server.taken).toHaveLength(40);
      expectOrderlySubmission(server);
      for (const tab of [follower, third]) {
        expect(tab.pending()).toEqual([]);
        expect(tab.rows('todos').size).toBe(40);
        expect(tab.sync.connectionState()).toBe('live');
      }
      expect(server.openConnections()).toBe(1);
    });
  }

  it('CL-4: a leader that ends between its commit and its word leaves no op pending in a sibling', async () => {
    const { time, server, tabs, adapter, open } = createFakeWorld();
    const leader = await open();
    const follower = await open();
    server.refuse((op) => (op.key === 'bad' ? 'not-permitted' : null));
    // The channel holds back what the leader says; its storage does not.
    server.holdDecisions();
    await follower.write('todos', 'good', creates({ text: 'yes' }));
    await follower.write('todos', 'bad', creates({ text: 'no' }));
    await time.settle();
    const opened = await adapter.open('topgun:test');
    if (!opened.ok) throw new Error('no storage');
    const [good, bad] = follower.pending();
    if (good === undefined || bad === undefined) throw new Error('nothing is pending');
    leader.crash();
    await opened.value.commit({
      removeOps: [good, bad],
      addRejections: [{ op: bad, code: 'not-permitted', reason: 'no', at: 1 }],
    });
    await time.advance(1_000);
    expect(tabs.heldLocks()).toContain('topgun:test:leader');
    expect(follower.pending()).toEqual([]);
    expect(follower.decisions.map(({ op, outcome }) => [op.key, outcome])).toEqual([
      ['good', 'applied'],
      ['bad', 'rejected'],
    ]);
  });

  it('CL-4, CL-8: a tab that opens while a decision cannot be stored does not show the op as pending for ever', async () => {
    const { time, server, adapter, open } = createFakeWorld();
    const faulty = createFaultyStorage(adapter);
    const leader = await open({ adapter: faulty });
    server.refuse((op) => (op.key === 'bad' ? 'not-permitted' : null));
    server.holdDecisions();
    await leader.write('todos', 'good', creates({ text: 'yes' }));
    await leader.write('todos', 'bad', creates({ text: 'no' }));
    await time.settle();
    faulty.failCommits(BROKEN, BROKEN, BROKEN, BROKEN);
    server.releaseDecisions();
    // Both have been tried, so whoever was here has been told.
    await time.advance(2_000);
    expect(leader.pending()).toEqual([]);
    const late = await open();
    expect(late.pending().map((op) => op.key)).toEqual(['good', 'bad']);
    await time.advance(60_000);
    expect(late.pending()).toEqual([]);
    expect(late.decisions.map(({ op, outcome }) => [op.key, outcome])).toEqual([
      ['good', 'applied'],
      ['bad', 'rejected'],
    ]);
  });

  it('CL-4: the outbox of a tab closed while offline is adopted', async () => {
    const { time, transport, server, open } = createFakeWorld();
    transport.cut();
    const first = await open();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await first.write('todos', 'a', patches({ text: 'oat milk' }));
    first.crash();
    transport.restore();
    const second = await open();
    await time.advance(40_000);
    expect(server.rows('todos').get('a')).toEqual({ text: 'oat milk' });
    expect(second.pending()).toEqual([]);
  });

  it('CL-4: an op whose tab ended between its transaction and its message is adopted', async () => {
    const { time, server, adapter, open } = createFakeWorld();
    const leader = await open();
    const follower = await open();
    const opened = await adapter.open('topgun:test');
    if (!opened.ok) throw new Error('no storage');
    const op = await follower.write('todos', 'seen', creates({ text: 'a' }));
    await time.settle();
    await opened.value.commit({
      putOps: [{ op: { ...op, seq: op.seq + 1, key: 'unsaid' }, handed: true }],
    });
    follower.crash();
    await time.advance(61_000);
    expect([...server.rows('todos').keys()].sort()).toEqual(['seen', 'unsaid']);
    // Shown as pending before it is decided, like any other.
    const shown = leader.events.flatMap((event) => (event.type === 'persisted' ? event.entries : []));
    expect(shown.map((entry) => entry.op.key)).toEqual(['seen', 'unsaid']);
    expect(leader.pending()).toEqual([]);
  });

  it('CL-4: an op nobody speaks of is found in storage at the next roll call', async () => {
    const { time, server, adapter, open } = createFakeWorld();
    const tab = await open();
    const opened = await adapter.open('topgun:test');
    if (!opened.ok) throw new Error('no storage');
    const op = await tab.write('todos', 'said', creates({ text: 'a' }));
    await opened.value.commit({ putOps: [{ op: { ...op, seq: op.seq + 1, key: 'unsaid' }, handed: true }] });
    await time.advance(ROLL_CALL_MS + 1_000);
    expect([...server.rows('todos').keys()].sort()).toEqual(['said', 'unsaid']);
  });

  it('both tabs edit offline: everything arrives, in stamp order per record', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const [first, second] = [await open(), await open()];
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: '0' }));
    for (let i = 1; i <= 6; i += 1) {
      await time.advance(10);
      await (i % 2 === 0 ? first : second).write('todos', 'a', patches({ text: String(i) }));
    }
    transport.restore();
    await time.advance(40_000);
    expect(server.taken.map((op) => op.stamp)).toEqual([...server.taken.map((op) => op.stamp)].sort());
    expect(server.rows('todos').get('a')).toEqual({ text: '6' });
    for (const tab of [first, second]) expect(tab.pending()).toEqual([]);
  });

  it('a tab that joins late learns of pending ops, of the connection, and of a settled subscription', async () => {
    const { time, server, open } = createFakeWorld();
    const first = await open();
    const key = first.subscribe('todos', WHOLE);
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    server.holdDecisions();
    await first.write('todos', 'b', creates({ text: 'tea' }));
    const second = await open();
    second.subscribe('todos', WHOLE);
    await time.settle();
    expect(second.sync.connectionState()).toBe('live');
    expect(second.members(key)).toEqual(new Set(['a']));
    expect(second.pending().map((op) => op.key)).toEqual(['b']);
    server.releaseDecisions();
    await time.settle();
    expect(second.members(key)).toEqual(new Set(['a', 'b']));
    expect(second.pending()).toEqual([]);
  });

  it('CL-6: a pause is a pause for all tabs, and outlives the leader', async () => {
    const { time, transport, open } = createFakeWorld();
    const [first, second] = [await open(), await open()];
    second.sync.disconnect();
    await time.settle();
    expect(first.sync.connectionState()).toBe('offline');
    expect(second.sync.connectionState()).toBe('offline');
    first.network.goOnline();
    const third = await open();
    await first.close();
    await second.close();
    await time.advance(60_000);
    expect(transport.connections).toHaveLength(1);
    expect(third.sync.connectionState()).toBe('offline');
    third.sync.connect();
    await time.settle();
    expect(third.sync.connectionState()).toBe('live');
  });

  it('CL-4: a subscription of a tab that is gone ends upstream, and one two tabs share stays', async () => {
    const { time, transport, open } = createFakeWorld();
    const [leader, second, third] = [await open(), await open(), await open()];
    second.subscribe('todos', WHOLE);
    second.subscribe('todos', OPEN_TODOS);
    third.subscribe('todos', WHOLE);
    await time.settle();
    second.crash();
    await time.advance(120_000);
    const said = transport.last().received.filter(({ type }) => type === 'subscribe' || type === 'unsubscribe');
    expect(said.map((message) => [message.type, 'sub' in message ? message.sub : null])).toEqual([
      ['subscribe', 1],
      ['subscribe', 2],
      ['unsubscribe', 2],
    ]);
    expect(leader.sync.connectionState()).toBe('live');
  });

  it('CL-8: what a tab has brought into a new database its siblings hear from it when it comes to lead', async () => {
    const { time, server, open } = createFakeWorld();
    const [first, second] = [await open(), await open()];
    second.sync.broughtMaps(['todos']);
    const op = remoteOp({ time }, 'a', 'create', { text: 'milk' });
    // What the server does not have would leave at the next contact (RU-6).
    server.write({ ...op, map: 'todos' });
    const delta = opToRecord(op);
    await second.storage.commit({ base: [{ map: 'todos', changes: [{ type: 'merge', key: 'a', delta }] }] });
    const third = await open();
    expect([...third.rows('todos').keys()]).toEqual([]);
    first.crash();
    await time.advance(60_000);
    expect([...third.rows('todos').keys()]).toEqual(['a']);
  });

  it('local only: siblings see each other without a server', async () => {
    const { time, transport, open } = createFakeWorld();
    const [first, second] = [await open({ serverUrl: null }), await open({ serverUrl: null })];
    first.sync.shareBase([{ map: 'todos', changes: [{ type: 'drop', key: 'a' }] }]);
    await time.settle();
    expect(second.events).toEqual([
      { type: 'changes', maps: [{ map: 'todos', changes: [{ type: 'drop', key: 'a' }] }], subs: [], through: null },
    ]);
    expect(first.events).toEqual([]);
    expect(transport.connections).toEqual([]);
    await first.close();
    await second.close();
    expect(time.pendingTimers()).toBe(0);
  });
});
