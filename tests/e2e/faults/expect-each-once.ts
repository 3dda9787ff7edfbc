import type { Page } from '@playwright/test';

import { expect, type TodoDevice } from '../fixtures.js';
import type { RunningApp } from '../running-app.js';
import type { TodoWindow } from '../todo-page.js';
import { COUNTERS } from './burst-writer.js';

/** What is to be found everywhere after a fault: the todos of a burst, and how often each was counted. */
interface Found {
  readonly keys: readonly string[];
  readonly counts: Readonly<Record<string, unknown>>;
}

/**
 * Every write whose `persisted` had resolved is on the server and on a device that was not there before, each counted once, and
 * `survivor`, if a page is left, shows the same.
 */
export async function expectEachOnce(
  app: RunningApp,
  persisted: readonly string[],
  newDevice: () => Promise<TodoDevice>,
  survivor: Page | null,
): Promise<void> {
  expect(persisted.length, 'nothing had been persisted: nothing was tested').toBeGreaterThan(0);
  const arrived = async (): Promise<Found> => {
    const [todos, counters] = await Promise.all([app.rows(), app.rows(COUNTERS)]);
    return {
      keys: todos.map(({ key }) => key),
      counts: Object.fromEntries(counters.map(({ key, value }) => [key, value])),
    };
  };
  // A todo and its counter are two writes, and may come in two commits of the server.
  await expect.poll(async () => missing(await arrived(), persisted), { timeout: 60_000 }).toEqual([]);
  const other = await (await newDevice()).openTab('/#/done');
  await other.toBeLive();
  for (const page of survivor === null ? [other.page] : [survivor, other.page]) {
    await expect.poll(async () => missing(await heldBy(page), persisted)).toEqual([]);
    expect(countedTwice(await heldBy(page))).toEqual({});
  }
  expect(countedTwice(await arrived())).toEqual({});
}

/** What of the writes is not there, or not counted. */
function missing({ keys, counts }: Found, persisted: readonly string[]): string[] {
  const there = new Set(keys);
  return persisted.filter((key) => !there.has(key) || counts[key] === undefined || counts[key] === 0);
}

/** Of any write, also of those nobody had promised anything of. */
function countedTwice({ counts }: Found): Record<string, unknown> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0 && count !== 1));
}

/** What the page shows once it has subscribed to all of it. */
function heldBy(page: Page): Promise<Found> {
  return page.evaluate(async (counters) => {
    const client = (window as TodoWindow).topgun;
    // A counter is read as what it is in its map: a number under a key.
    const maps = [client.getMap('todos'), client.getMap(counters as 'todos')] as const;
    const unsubscribes = maps.map((map) => map.subscribe(() => {}));
    await Promise.all(maps.map((map) => map.settled()));
    const [todos, counts] = maps;
    const found = { keys: [...todos.keys()], counts: Object.fromEntries(counts.entries()) };
    unsubscribes.forEach((unsubscribe) => unsubscribe());
    return found;
  }, COUNTERS);
}
