import { describe, expect, it } from 'vitest';

import { stampMillis } from '../../clock/index.js';
import { createFakeWorld, creates, patches } from '../testing/fake-world.js';

const HOUR_MS = 3_600_000;

describe('a clock that is set while the tab is connected', () => {
  it('CR-1: an hour ahead: what is written before anybody noticed is taken all the same, under new ids, and nobody is told', async () => {
    const { time, server, open, adapter } = createFakeWorld();
    const device = time.device();
    const tab = await open({ device });
    await tab.write('todos', 'a', creates({ n: 0 }));
    await time.settle();
    device.setSkew(HOUR_MS);
    const ops = [
      await tab.write('todos', 'b', creates({ n: 1 })),
      await tab.write('todos', 'b', patches({ n: 2 })),
      await tab.write('todos', 'a', patches({ n: 3 })),
    ];
    expect(ops.every(({ stamp }) => stampMillis(stamp) >= time.clock.now() + HOUR_MS)).toBe(true);
    await time.settle();
    expect(server.rows('todos')).toEqual(
      new Map([
        ['a', { n: 3 }],
        ['b', { n: 2 }],
      ]),
    );
    expect(tab.pending()).toEqual([]);
    expect(tab.decisions.filter(({ outcome }) => outcome === 'rejected')).toEqual([]);
    const taken = server.taken.slice(1);
    expect(taken.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(taken.every(({ replica }) => replica !== ops[0]!.replica)).toBe(true);
    expect(taken.every(({ stamp }) => Math.abs(stampMillis(stamp) - time.clock.now()) < 100)).toBe(true);
    const opened = await adapter.open('topgun:test');
    const outbox = opened.ok ? await opened.value.loadOutbox() : null;
    expect(outbox?.ok && outbox.value).toEqual([]);
  });

  it('CR-1, CR-11: after that the tabs stamp by the server’s time again, and nothing is refused any more', async () => {
    const { time, server, open } = createFakeWorld();
    const device = time.device();
    const [leader, follower] = [await open({ device }), await open({ device })];
    device.setSkew(HOUR_MS);
    await follower.write('todos', 'a', creates({ n: 1 }));
    // The next heartbeat measures the clock anew.
    await time.advance(6_000);
    const sent = server.submitted.length;
    for (const tab of [leader, follower]) {
      const op = await tab.write('todos', `of ${tab.replica()}`, creates({ n: 1 }));
      expect(Math.abs(stampMillis(op.stamp) - time.clock.now())).toBeLessThan(100);
    }
    await time.settle();
    expect(server.submitted.length - sent).toBe(2);
    expect(server.rows('todos').size).toBe(3);
    expect([...leader.pending(), ...follower.pending()]).toEqual([]);
  });

  it('CR-1: it is repaired once: what is refused again is shown, and leaves the queue', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    server.refuse((op) => (op.key === 'never' ? 'clock-skew' : null));
    await tab.write('todos', 'never', creates({ n: 1 }));
    await tab.write('todos', 'other', creates({ n: 1 }));
    await time.advance(60_000);
    expect(server.submitted.filter(({ op }) => op.key === 'never')).toHaveLength(2);
    const rejected = tab.decisions.filter(({ outcome }) => outcome === 'rejected');
    expect(rejected.map(({ op, ...rest }) => [op.key, 'code' in rest && rest.code])).toEqual([['never', 'clock-skew']]);
    expect([tab.pending(), [...server.rows('todos').keys()]]).toEqual([[], ['other']]);
  });

  it('CR-1: a connection lost between the refusal and the repair loses nothing', async () => {
    const { time, server, open } = createFakeWorld();
    const device = time.device();
    const tab = await open({ device });
    device.setSkew(HOUR_MS);
    server.holdDecisions();
    await tab.write('todos', 'a', creates({ n: 1 }));
    await time.settle();
    server.releaseDecisions();
    server.dropConnections();
    await time.advance(10_000);
    expect(server.rows('todos')).toEqual(new Map([['a', { n: 1 }]]));
    expect([tab.pending(), tab.decisions.filter(({ outcome }) => outcome === 'rejected')]).toEqual([[], []]);
  });

  it('CR-1: a tab that crashes before the repair is durable leaves it to the next one', async () => {
    const { time, server, open } = createFakeWorld();
    const device = time.device();
    const tab = await open({ device });
    device.setSkew(HOUR_MS);
    server.holdDecisions();
    await tab.write('todos', 'a', creates({ n: 1 }));
    await time.settle();
    tab.crash();
    server.releaseDecisions();
    const next = await open({ device });
    await time.advance(20_000);
    expect(server.rows('todos')).toEqual(new Map([['a', { n: 1 }]]));
    expect([next.pending(), next.decisions.filter(({ outcome }) => outcome === 'rejected')]).toEqual([[], []]);
  });

  it('CR-1: a clock that jumps back stops no writes, and they keep their order', async () => {
    const { time, server, open } = createFakeWorld();
    const device = time.device();
    const tab = await open({ device });
    await tab.write('todos', 'a', creates({ n: 0 }));
    device.setSkew(-HOUR_MS);
    for (let n = 1; n <= 5; n += 1) {
      await tab.write('todos', 'a', patches({ n }));
      await time.advance(2_000);
    }
    await time.settle();
    expect(server.rows('todos')).toEqual(new Map([['a', { n: 5 }]]));
    expect([tab.pending(), tab.decisions.every(({ outcome }) => outcome === 'applied')]).toEqual([[], true]);
    const stamps = server.taken.map(({ stamp }) => stamp);
    expect([...stamps].sort()).toEqual(stamps);
    expect(new Set(stamps).size).toBe(6);
  });
});
