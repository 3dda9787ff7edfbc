import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { TopGunClient } from '../topgun-client.js';
import type { Timers } from '../ports/environment.js';
import { SAVE_AFTER_MS } from '../search/map-search.js';
import { DexieAdapter } from './dexie-storage.js';
import { MemoryAdapter } from './memory-storage.js';
import { systemTimers } from './system-timers.js';

interface Note {
  readonly title: string;
  readonly at?: readonly number[];
}

const RealWorker = globalThis.Worker;
/** Of sources a worker is put together file by file. */
const PATIENT = { timeout: 30_000 };
let workers: Worker[];
let opened = 0;

/** Workers of this page, as `begin` makes them. */
function useWorkers(begin: (url: string | URL, options?: WorkerOptions) => Worker): void {
  class Counted {
    constructor(url: string | URL, options?: WorkerOptions) {
      const worker = begin(url, options);
      workers.push(worker);
      return worker;
    }
  }
  globalThis.Worker = Counted as unknown as typeof Worker;
}

const real = (url: string | URL, options?: WorkerOptions): Worker => new RealWorker(url, options);

function open(): TopGunClient<{ notes: Note }> {
  return new TopGunClient<{ notes: Note }>({
    storage: new MemoryAdapter(),
    auth: { principal: `worker-${++opened}` },
    search: { notes: { fields: ['title'], vectors: { field: 'at', dimensions: 64 } } },
  });
}

beforeEach(() => {
  workers = [];
  useWorkers(real);
});
afterEach(() => {
  globalThis.Worker = RealWorker;
});

const found = async (client: TopGunClient<{ notes: Note }>, text: string): Promise<string[]> =>
  (await client.search('notes', text)).map(({ key }) => key);

describe('SE-25: the indexes of a page', () => {
  test('are in a worker, which answers what is searched while records change, and ends with the client', async () => {
    const client = open();
    const notes = client.getMap('notes');
    for (let i = 0; i < 500; i++) notes.set(`n${i}`, { title: `milk number ${i}` });
    expect(await found(client, 'number 77')).toEqual(['n77']);
    notes.set('n77', { title: 'bread' });
    notes.set('new', { title: 'number 77 again' });
    expect(await found(client, 'number 77')).toEqual(['new']);
    expect((await client.suggest('notes', 'brea')).map(({ text }) => text)).toEqual(['bread']);
    expect(workers).toHaveLength(1);
    await client.close();
    // What has ended takes nothing more, and says nothing.
    let said = 0;
    workers[0]!.addEventListener('message', () => said++);
    workers[0]!.postMessage({ type: 'rank', index: 1, ask: 1, lookup: {} });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(said).toBe(0);
  });

  test('SE-62: have the vectors there too, more than one block of them, and follow those that change', async () => {
    const client = open();
    const notes = client.getMap('notes');
    // Round a circle, and nothing in the other dimensions.
    const at = (i: number): number[] =>
      Array.from({ length: 64 }, (_, axis) => [Math.cos(i / 400), Math.sin(i / 400)][axis] ?? 0);
    for (let i = 0; i < 1_500; i++) notes.set(`n${i}`, { title: `milk ${i}`, at: at(i) });
    const nearest = async (text: string): Promise<string[]> =>
      (await client.search('notes', text, { vector: at(1_300), limit: 3 })).map(({ key }) => key);
    expect(await nearest('')).toEqual(['n1300', 'n1299', 'n1301']);
    notes.patch('n1300', { at: at(0) });
    notes.patch('n7', { at: at(1_300) });
    expect(await nearest('')).toEqual(['n7', 'n1299', 'n1301']);
    expect(await nearest('1400')).toContain('n1400');
    expect(workers).toHaveLength(1);
    await client.close();
  });

  test.each<[string, Parameters<typeof useWorkers>[0]]>([
    [
      'none may be begun',
      () => {
        throw new DOMException('refused by a policy', 'SecurityError');
      },
    ],
    ['its file is not there', (_url, options) => real('/there-is-no-such-file.js', options)],
    ['its file is no program', (_url, options) => real('data:text/javascript,({', options)],
  ])('are on the page where %s', async (_why, begin) => {
    useWorkers(begin);
    const client = open();
    client.getMap('notes').set('a', { title: 'milk' });
    expect(await found(client, 'milk')).toEqual(['a']);
    client.getMap('notes').set('b', { title: 'milk' });
    expect(await found(client, 'milk')).toEqual(['a', 'b']);
    await client.close();
  });

  test('SE-27: are kept in the local database, and the next page begins with them', async () => {
    const said: string[] = [];
    useWorkers((url, options) => {
      const worker = real(url, options);
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message: { readonly type: string }) => {
        said.push(message.type);
        post(message);
      };
      return worker;
    });
    const storage = new DexieAdapter();
    // Nobody waits as long as an app does.
    const timers: Timers = {
      after: (delayMs, run) => systemTimers.after(delayMs === SAVE_AFTER_MS ? 50 : delayMs, run),
    };
    const openAgain = () =>
      new TopGunClient<{ notes: Note }>({
        storage,
        auth: { principal: `kept-index-${opened}` },
        environment: { timers },
        search: { notes: { fields: ['title'] } },
      });
    const client = openAgain();
    const notes = client.getMap('notes');
    const written = Array.from({ length: 1_200 }, (_, i) => notes.set(`n${i}`, { title: `milk number ${i}` }));
    await Promise.all(written.map(({ persisted }) => persisted));
    expect(await found(client, 'number 777')).toEqual(['n777']);
    await expect.poll(() => said, PATIENT).toContain('save');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await client.close();
    expect(said).not.toContain('part');
    said.length = 0;

    const next = openAgain();
    next.getMap('notes').set('n777', { title: 'bread' });
    expect(await found(next, 'number 777')).toEqual([]);
    expect(await found(next, 'number 778')).toEqual(['n778']);
    expect(said.slice(0, 2)).toEqual(['open', 'part']);
    await next.signOut({ purge: true });
    await next.close();
  });

  test('are made again when the worker dies', async () => {
    const client = open();
    client.getMap('notes').set('a', { title: 'milk' });
    const heard: number[] = [];
    const stop = client.searchSubscribe('notes', 'milk').subscribe(({ total }) => void heard.push(total));
    await expect.poll(() => heard.at(-1), PATIENT).toBe(1);
    workers[0]!.terminate();
    workers[0]!.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    client.getMap('notes').set('b', { title: 'more milk' });
    await expect.poll(() => heard.at(-1), PATIENT).toBe(2);
    expect(workers).toHaveLength(2);
    stop();
    await client.close();
  });
});
