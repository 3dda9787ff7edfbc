import { afterEach, describe, expect, it } from 'vitest';

import type { RejectionCode } from '../../protocol/index.js';
import { MAX_MESSAGE_OPS } from '../connection/plan-submission.js';
import type { TopGunClient } from '../topgun-client.js';
import { countVisitsUntil, type Visits } from '../testing/count-visits.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld, type FakeWorld } from '../testing/fake-world.js';

const SHORT = 1_000;
const LONG = 8_000;
const LOOKS_AT_AN_OP = 16;
/** Whether a write begins a row or a table, and in which turn it is stored, makes some looks of difference; one at the queue makes thousands. */
const SLACK = 32;

const clients: TopGunClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

/** Where the writes of a queue go: each to a record of its own, all to one, or all to one counter. */
type Place = 'records' | 'one record' | 'one counter';
const PLACES: readonly Place[] = ['records', 'one record', 'one counter'];

interface Queue {
  readonly world: FakeWorld;
  readonly client: TopGunClient;
  /** One write more, to where the others are. */
  write(): Promise<unknown>;
}

/** A device that has been offline for `n` writes. */
async function queueOf(n: number, place: Place): Promise<Queue> {
  const world = createFakeWorld();
  const { client } = createFakeDevice(world).open();
  clients.push(client);
  await client.start();
  const notes = client.getMap('notes');
  const hits = client.getPNCounter('hits');
  await notes.loaded();
  await client.getMap('hits').loaded();
  notes.set('one', { n: 0 });
  await world.time.settle();
  world.transport.cut();
  let written = 0;
  const write = (): Promise<unknown> => {
    written += 1;
    if (place === 'one counter') return hits.increment().persisted;
    const key = place === 'one record' ? 'one' : `k${written}`;
    return notes.set(key, { n: written }).persisted;
  };
  for (let i = 0; i < n; i += 1) void write();
  await world.time.settle();
  expect(client.getPendingOpsCount()).toBe(n);
  return { world, client, write };
}

/** Online again, with a window of it sent and nothing decided. */
async function catchUp({ world, client }: Queue): Promise<void> {
  world.server.holdDecisions();
  world.transport.restore();
  client.forceReconnect();
  await world.time.settle();
  expect(client.getConnectionState()).toBe('reconciling');
}

const costOfWrite = ({ write, world }: Queue): Promise<Visits> =>
  countVisitsUntil(async () => {
    await write();
    await world.time.settle();
  });

/** What is looked at for each op of a queue of `n`, from the connection until all of them are decided. */
async function costOfDecisions(n: number, place: Place, refusal: RejectionCode | null = null): Promise<number> {
  const queue = await queueOf(n, place);
  queue.world.server.refuse(() => refusal);
  const cost = await countVisitsUntil(async () => {
    await catchUp(queue);
    queue.world.server.releaseDecisions();
    while (queue.client.getPendingOpsCount() > 0) await queue.world.time.settle();
  });
  return sum(cost) / n;
}

const sum = ({ tables, items }: Visits): number => tables + items;

describe('CL-5: what one more write costs, from the call until it is stored and told, and then until it is decided', () => {
  for (const place of PLACES) {
    it(`is the same behind a short queue and a long one, offline and while it is being sent: ${place}`, async () => {
      const [short, long] = [await queueOf(SHORT, place), await queueOf(LONG, place)];
      for (const queue of [short, long]) await costOfWrite(queue);
      const offline = [await costOfWrite(short), await costOfWrite(long)].map(sum);
      expect(offline[1]).toBeLessThanOrEqual(offline[0]! + SLACK);
      for (const queue of [short, long]) await catchUp(queue);
      for (const queue of [short, long]) await costOfWrite(queue);
      const sending = [await costOfWrite(short), await costOfWrite(long)].map(sum);
      expect(sending[1]).toBeLessThanOrEqual(sending[0]! + SLACK);
    });
  }

  for (const place of ['records', 'one record'] as const) {
    it(`is the same for each when a short queue and a long one are decided: ${place}`, async () => {
      const [short, long] = [await costOfDecisions(2 * SHORT, place), await costOfDecisions(LONG, place)];
      expect(long).toBeLessThanOrEqual(short * 1.1);
    });
  }

  // What is shown of a record with ops left is merged anew, once for each message: at each verdict it would be the square of the queue.
  it.each([
    ['a counter is counted', 'one counter', null],
    ['writes of a record are refused', 'one record', 'not-permitted'],
  ] as const)(
    'is, when %s, a look at what is left for each message, not for each verdict',
    async (_, place, refusal) => {
      const few = await costOfDecisions(2 * SHORT, place, refusal);
      const many = await costOfDecisions(LONG, place, refusal);
      const left = (n: number): number => n / 2 / MAX_MESSAGE_OPS;
      expect(many - few).toBeGreaterThan(left(LONG) - left(2 * SHORT));
      expect(many - few).toBeLessThanOrEqual(LOOKS_AT_AN_OP * (left(LONG) - left(2 * SHORT)));
    },
  );
});
