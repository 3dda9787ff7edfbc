import { expect, it } from 'vitest';
import type { ClientMessage } from '../../protocol/index.js';
import type { ServerQuestion } from '../ports/server-question.js';
import type { FakeTab } from '../testing/fake-tab.js';
import { createFakeWorld, type FakeWorld } from '../testing/fake-world.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';

const QUESTION: ServerQuestion = { type: 'read-journal', after: 7, limit: 10, wait: true };

const asked = ({ transport }: FakeWorld): readonly ClientMessage[] =>
  transport.last().received.filter(({ type }) => type === 'read-journal' || type === 'end-journal');

const answersOf = (tab: FakeTab): readonly string[] =>
  tab.events.flatMap((event) => (event.type === 'answered' ? [event.token] : []));

/** The server answers all that it was asked on this connection. */
async function answer(world: FakeWorld): Promise<void> {
  for (const message of asked(world)) {
    if (message.type !== 'read-journal') continue;
    world.transport.last().send({ type: 'journal', id: message.id, events: [], through: 9, more: false });
  }
  await world.time.settle();
}

it('JO-6: a tab that does not lead asks through the one that does, and it alone hears the answer, once', async () => {
  const world = createFakeWorld();
  const [leader, follower] = [await world.open(), await world.open()];
  leader.sync.ask('mine', QUESTION);
  follower.sync.ask('yours', QUESTION);
  await world.time.settle();
  expect(asked(world)).toHaveLength(2);
  expect(world.transport.connections).toHaveLength(1);
  await answer(world);
  await answer(world);
  expect([answersOf(leader), answersOf(follower)]).toEqual([['mine'], ['yours']]);
});

it('JO-6: what was not answered is asked again on the next connection, and by the next leader', async () => {
  const world = createFakeWorld();
  const [leader, follower] = [await world.open(), await world.open()];
  follower.sync.ask('yours', QUESTION);
  await world.time.settle();
  world.server.dropConnections();
  await world.time.advance(5_000);
  expect(asked(world)).toHaveLength(1);
  await leader.close();
  await world.time.advance(31_000);
  expect([world.transport.connections.length, asked(world).length]).toEqual([3, 1]);
  await answer(world);
  expect(answersOf(follower)).toEqual(['yours']);
});

it('JO-6: a question that is ended, or whose tab is closed, is ended at the server', async () => {
  const world = createFakeWorld();
  const [leader, follower] = [await world.open(), await world.open()];
  leader.sync.ask('mine', QUESTION);
  follower.sync.ask('yours', QUESTION);
  await world.time.settle();
  leader.sync.endQuestion('mine');
  await follower.close();
  await world.time.settle();
  expect(asked(world).map(({ type }) => type)).toEqual(['read-journal', 'read-journal', 'end-journal', 'end-journal']);
  await answer(world);
  expect(answersOf(leader)).toEqual([]);
});

it('JO-6: without locks each tab asks on its own connection', async () => {
  const world = createFakeWorld({}, createMemoryTabs({ isExclusive: false }));
  const [first, second] = [await world.open(), await world.open()];
  second.sync.ask('yours', QUESTION);
  await world.time.settle();
  await answer(world);
  expect([answersOf(first), answersOf(second)]).toEqual([[], ['yours']]);
});
