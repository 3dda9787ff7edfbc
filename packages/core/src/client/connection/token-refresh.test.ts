import { describe, expect, it } from 'vitest';

import { createFakeWorld, creates } from '../testing/fake-world.js';
import { expectOrderlySubmission } from '../testing/expect-orderly-submission.js';

const EXPIRED = { type: 'error', code: 'needs-auth', reason: 'The token has run out.', fatal: true } as const;

describe('CL-6: a token that runs out', () => {
  it('while it is in use is replaced by another from the app, and the queue of all tabs goes on', async () => {
    const { time, transport, server, open } = createFakeWorld({ windowOps: 2 });
    const tokens = ['first', 'second'];
    let asked = 0;
    const tab = await open({ getToken: () => Promise.resolve(tokens[asked++] ?? 'none') });
    const sibling = await open();
    server.holdDecisions();
    for (const key of ['a', 'b', 'c']) await tab.write('todos', key, creates({ key }));
    await sibling.write('todos', 'd', creates({ key: 'd' }));
    await time.settle();
    transport.last().send(EXPIRED);
    await time.settle();
    expect(transport.connections.map(({ hello }) => hello.token)).toEqual(['first', 'second']);
    server.releaseDecisions();
    await time.advance(1_000);
    expect([tab.sync.connectionState(), tab.sync.connectionFault()]).toEqual(['live', null]);
    expect([...server.rows('todos').keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect([tab.pending(), sibling.pending()]).toEqual([[], []]);
    expect(server.taken).toHaveLength(4);
    expectOrderlySubmission(server);
  });

  it('and of which the app has no other leaves the queue waiting, and is shown to the server once', async () => {
    const { time, transport, server, open } = createFakeWorld();
    let token = 'old';
    const tab = await open({ getToken: () => token });
    transport.last().send(EXPIRED);
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(600_000);
    expect([tab.sync.connectionState(), transport.connections.length]).toEqual(['needs-auth', 1]);
    expect(tab.sync.connectionFault()?.code).toBe('needs-auth');
    token = 'new';
    tab.sync.tokenChanged();
    await time.settle();
    expect([tab.sync.connectionState(), transport.last().hello.token]).toEqual(['live', 'new']);
    expect(server.rows('todos').has('a')).toBe(true);
  });

  it('is shown once more when the app says so: the server may have been wrong', async () => {
    const { time, transport, open } = createFakeWorld();
    const tab = await open({ getToken: () => 'same' });
    transport.last().send(EXPIRED);
    await time.settle();
    expect(tab.sync.connectionState()).toBe('needs-auth');
    tab.sync.connect();
    await time.settle();
    expect([tab.sync.connectionState(), transport.connections.length]).toEqual(['live', 2]);
  });

  it('again and again, as soon as it was taken, is asked for with growing pauses', async () => {
    const { time, transport, server, open } = createFakeWorld();
    let asked = 0;
    server.holdAnswers();
    const tab = await open({ getToken: () => `token ${(asked += 1)}` });
    server.holdDecisions();
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    transport.last().send(EXPIRED);
    await time.advance(1_100);
    let seen = asked;
    for (let round = 0; round < 5; round += 1) {
      expect(tab.sync.connectionState()).toBe('reconciling');
      transport.last().send(EXPIRED);
      await time.settle();
      expect([tab.sync.connectionState(), asked]).toEqual(['backing-off', seen]);
      await time.advance(31_000);
      expect(asked).toBe(seen + 1);
      seen = asked;
    }
    expect(tab.pending()).toHaveLength(1);
  });

  it('AU-6: soon is asked for, and the app is asked: a new one is shown, and the connection goes on', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const tokens = ['first', 'first', 'second'];
    let asked = 0;
    const tab = await open({ getToken: () => Promise.resolve(tokens[asked++] ?? 'none') });
    transport.last().send({ ...EXPIRED, fatal: false });
    await time.settle();
    // The app has no other yet: shown again, it would say nothing new.
    expect(server.shownTokens).toEqual([]);
    transport.last().send({ ...EXPIRED, fatal: false });
    await time.settle();
    expect([server.shownTokens, asked]).toEqual([['second'], 3]);
    expect([tab.sync.connectionState(), transport.connections.length]).toEqual(['live', 1]);
  });

  it('AU-6: is replaced by one that the app brings by itself', async () => {
    const { time, transport, server, open } = createFakeWorld();
    let token = 'first';
    const tab = await open({ getToken: () => token });
    token = 'second';
    tab.sync.tokenChanged();
    await time.settle();
    expect([server.shownTokens, transport.connections.length]).toEqual([['second'], 1]);
  });
});
