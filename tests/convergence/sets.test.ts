import { expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../packages/core/src/primitives/index.js';
import { encodeStamp, type ReplicaId, type Stamp } from '../../packages/core/src/clock/index.js';
import type { AddOp, DiscardOp } from '../../packages/core/src/crdt/index.js';
import type { AppTab } from './app-tab.js';
import { NO_DEFECTS } from './defects.js';
import { PlaceModel } from './place-model.js';
import { createWorld } from './world.js';
import { PLAIN_PROFILE } from './world-options.js';

/** What a tab shows of the set and the counter, as one text. */
const shownBy = ({ client }: AppTab): string =>
  canonicalJson([client.getORMap('tags').get('a') as Value, client.getPNCounter('likes:a').value]);

test('CR-6, CR-7: two devices and a server that restarts', async () => {
  const world = await createWorld({ seed: 1, profile: PLAIN_PROFILE, defects: NO_DEFECTS });
  await world.startServer();
  const devices = [world.addDevice(), world.addDevice()];
  const [one, two] = devices.map((device) => device.openTab()) as [AppTab, AppTab];
  for (const { client } of [one, two]) {
    client.getORMap('tags').subscribe(() => {});
    client.getPNCounter('likes:a').subscribe(() => {});
  }
  await world.time.advance(1_000);
  one.client.getORMap('tags').add('a', 'x');
  one.client.getPNCounter('likes:a').add(5);
  await world.time.advance(1_000);
  expect(shownBy(two)).toBe('[["x"],5]');
  two.client.getORMap('tags').remove('a', 'x');
  two.client.getPNCounter('likes:a').decrement();
  await world.time.advance(1_000);
  world.crashServer();
  // Undecided while nobody decides.
  one.client.getORMap('tags').add('a', 'y');
  const counting = two.client.getPNCounter('likes:a').add(10);
  await world.time.advance(10_000);
  await world.startServer();
  await world.time.advance(60_000);
  expect(await counting.acked).toEqual({ ok: true, outcome: 'applied' });
  expect([shownBy(one), shownBy(two)]).toEqual(['[["y"],14]', '[["y"],14]']);
  // The restarted server knows what the maps hold, which a device that has nothing of them does not.
  const third = world.addDevice().openTab();
  await world.time.advance(1_000);
  const refused = third.client.getMap('tags').set('a', { wrong: true });
  await world.time.advance(1_000);
  expect(await refused.acked).toMatchObject({ ok: false, rejected: { code: 'type-mismatch' } });
  world.checkErrors();
  for (const { device, tab } of world.openTabs()) device.crashTab(tab);
});

test('CR-6, CR-10: in the model, a tag that is forgotten brings nothing back that it had taken away', () => {
  const stampOf = (seq: number, replica: string): Stamp =>
    encodeStamp({ millis: seq, counter: 0, replica: replica as ReplicaId });
  const change = (kind: 'add' | 'discard', seq: number, replica: string, tags: readonly Stamp[]) =>
    ({ kind, replica, seq, stamp: stampOf(seq, replica), map: 'tags', key: 'a', value: 'x', tags }) as
      | AddOp
      | DiscardOp;
  const place = new PlaceModel();
  const [first, second] = [change('add', 1, 'one', []), change('add', 2, 'two', [stampOf(1, 'one')])];
  for (const op of [first, second, change('discard', 3, 'two', [second.stamp])]) place.take(op, 3);
  expect(place.value(3)).toBeUndefined();
  expect(place.forget(['tags', 'a', second.stamp, '"x" two'])).toBe(true);
  expect(place.value(4)).toBeUndefined();
  expect(place.forget(['tags', 'a', first.stamp, '"x" one'])).toBe(true);
  expect(place.value(4)).toBeUndefined();
});
