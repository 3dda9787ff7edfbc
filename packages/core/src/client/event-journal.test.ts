import { describe, expect, it } from 'vitest';
import type { TopGunError } from '../primitives/index.js';
import { JournalError, type EventJournal, type JournalPage } from './event-journal.js';
import { createFakeDevice } from './testing/fake-clients.js';
import { createFakeWorld } from './testing/fake-world.js';
import { createScriptedJournal } from './testing/scripted-journal.js';

async function setUp() {
  const world = createFakeWorld();
  // The world's own server answers everything else.
  const script = createScriptedJournal(world.transport);
  const { client } = createFakeDevice(world).open();
  const settle = () => world.time.settle();
  await settle();
  return { world, script, client, journal: client.getEventJournal(), settle };
}

/** What became of a call, looked at by the test: promises settle between its steps. */
function outcome<T>(call: Promise<T>): { value?: T; error?: unknown } {
  const seen: { value?: T; error?: unknown } = {};
  call.then(
    (value) => (seen.value = value),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}

interface Heard {
  readonly pages: JournalPage[];
  readonly errors: JournalError[];
  readonly sequences: () => readonly number[];
  stop(): void;
}

function follow(journal: EventJournal, options: { after?: number; maps?: string[] } = {}): Heard {
  const pages: JournalPage[] = [];
  const errors: JournalError[] = [];
  const stop = journal.subscribe((page) => void pages.push(page), {
    ...options,
    onError: (error) => void errors.push(error),
  });
  return {
    pages,
    errors,
    stop,
    sequences: () => pages.flatMap(({ events }) => events.map(({ sequence }) => sequence)),
  };
}

describe('JO-7: reading pages', () => {
  it('gives what the server has, values and bytes as they were written, and when', async () => {
    const { script, journal, settle } = await setUp();
    script.add({ type: 'update', value: { a: { $bytes: 'AAEC_w' } }, previous: [1], author: 'ann' });
    script.add({ type: 'remove', value: undefined, previous: null });
    await settle();
    const read = outcome(journal.readFrom(0));
    await settle();
    expect(read.value).toEqual({
      events: [
        {
          sequence: 10,
          type: 'update',
          map: 'todos',
          key: 'k',
          value: { a: new Uint8Array([0, 1, 2, 255]) },
          previous: [1],
          author: 'ann',
          writtenAt: expect.any(Number) as number,
        },
        {
          sequence: 20,
          type: 'remove',
          map: 'todos',
          key: 'k',
          previous: null,
          author: null,
          writtenAt: expect.any(Number) as number,
        },
      ],
      through: 20,
      more: false,
    });
    expect(new Date(read.value!.events[0]!.writtenAt).getUTCFullYear()).toBe(2026);
  });

  it('asks for as many, and for the maps, that are wanted', async () => {
    const { script, journal, settle } = await setUp();
    for (const map of ['a', 'b', 'a', 'b']) script.add({ map });
    await settle();
    const read = outcome(journal.readFrom(10, { limit: 1, maps: ['b'] }));
    await settle();
    expect(read.value).toMatchObject({ events: [{ sequence: 20 }], through: 20, more: true });
    const latest = outcome(journal.latest());
    await settle();
    expect(latest.value).toBe(40);
    expect(script.asked.map(({ after, limit, maps }) => [after, limit, maps])).toEqual([
      [10, 1, ['b']],
      [undefined, 1, undefined],
    ]);
  });

  it('is refused by a typed error that says why, and where to go on', async () => {
    const { script, journal, settle } = await setUp();
    script.trim(30);
    await settle();
    const read = outcome(journal.readFrom(10));
    await settle();
    expect(read.error).toBeInstanceOf(JournalError);
    expect(read.error).toMatchObject({ code: 'journal-trimmed', through: 30 });
    script.refuse('no-journal');
    const none = outcome(journal.readFrom(0));
    await settle();
    expect(none.error).toMatchObject({ code: 'no-journal', through: null });
  });

  it('gives up after its time, when offline, or when the client is closed, and leaves no question', async () => {
    const { world, script, client, journal, settle } = await setUp();
    script.hold();
    await settle();
    const late = outcome(journal.readFrom(0, { timeoutMs: 100 }));
    await world.time.advance(101);
    expect([late.error, script.waiting()]).toMatchObject([{ code: 'timeout' }, 0]);
    const cut = outcome(journal.readFrom(0));
    await settle();
    world.transport.cut();
    await settle();
    expect(cut.error).toMatchObject({ code: 'offline' });
    const closed = outcome(journal.readFrom(0, { timeoutMs: Number.POSITIVE_INFINITY }));
    await settle();
    await client.close();
    await settle();
    expect((closed.error as TopGunError).code).toMatch(/closed|offline/);
    await expect(journal.readFrom(0)).rejects.toMatchObject({ code: 'closed' });
  });

  it('is no call that means nothing', async () => {
    const { journal } = await setUp();
    for (const after of [-1, 0.5, Number.NaN]) await expect(journal.readFrom(after)).rejects.toThrow(RangeError);
    for (const limit of [0, 1_001]) await expect(journal.readFrom(0, { limit })).rejects.toThrow(RangeError);
    await expect(journal.readFrom(0, { maps: Array(101).fill('m') as string[] })).rejects.toThrow(RangeError);
    expect(() => journal.subscribe(() => {}, { after: -1 })).toThrow(RangeError);
  });

  it('has no journal without a server', async () => {
    const { client } = createFakeDevice(createFakeWorld(), {}).open();
    const journal = client.getEventJournal();
    await expect(journal.readFrom(0)).rejects.toMatchObject({ code: 'no-server' });
    const heard = follow(journal);
    expect(heard.errors).toMatchObject([{ code: 'no-server' }]);
  });
});

describe('JO-7: following', () => {
  it('tells what there is after a sequence and what comes, each event once and in order, over lost connections', async () => {
    const { world, script, journal, settle } = await setUp();
    for (let i = 0; i < 3; i += 1) script.add({});
    await settle();
    const heard = follow(journal, { after: 10 });
    await settle();
    expect(heard.sequences()).toEqual([20, 30]);
    script.add({});
    await settle();
    world.server.dropConnections();
    script.add({});
    await world.time.advance(5_000);
    script.add({});
    await settle();
    expect(heard.sequences()).toEqual([20, 30, 40, 50, 60]);
    expect(heard.pages.at(-1)?.through).toBe(60);
  });

  it('without a sequence tells what comes from now on', async () => {
    const { script, journal, settle } = await setUp();
    script.add({});
    await settle();
    const heard = follow(journal);
    await settle();
    expect(heard.pages).toEqual([{ events: [], through: 10, more: false }]);
    script.add({});
    await settle();
    expect(heard.sequences()).toEqual([20]);
  });

  it('says that events are gone, and goes on after them', async () => {
    const { script, journal, settle } = await setUp();
    script.trim(30);
    script.add({});
    await settle();
    const heard = follow(journal, { after: 10 });
    await settle();
    expect([heard.errors, heard.sequences()]).toMatchObject([[{ code: 'journal-trimmed', through: 30 }], [40]]);
  });

  it('asks again, later and later, a server that cannot answer just now; and ends where there is no journal', async () => {
    const { world, script, journal, settle } = await setUp();
    script.add({});
    script.refuse('overloaded', 'internal');
    await settle();
    const heard = follow(journal, { after: 0 });
    await world.time.advance(60_000);
    expect([heard.errors, heard.sequences(), script.asked.length]).toEqual([[], [10], 4]);
    script.refuse('no-journal');
    const none = follow(journal, { after: 0 });
    await world.time.advance(60_000);
    expect(none.errors).toMatchObject([{ code: 'no-journal' }]);
    expect(script.waiting()).toBe(1);
  });

  it('hears nothing any more once it is stopped, by a listener too, and leaves nothing waiting', async () => {
    const { script, journal, settle } = await setUp();
    for (let i = 0; i < 2; i += 1) script.add({});
    await settle();
    let told = 0;
    const stop = journal.subscribe(
      () => {
        told += 1;
        stop();
      },
      { after: 0 },
    );
    await settle();
    script.add({});
    await settle();
    expect([told, script.waiting()]).toEqual([1, 0]);
  });

  it('ends, and says so, where the server tells what is no value; what else there is goes on', async () => {
    const { script, journal, settle } = await setUp();
    script.add({ value: { $bytes: '!' } });
    const heard = follow(journal, { after: 0 });
    await settle();
    expect([heard.errors, heard.pages]).toMatchObject([[{ code: 'internal' }], []]);
    const latest = outcome(journal.latest());
    await settle();
    expect(latest.value).toBe(10);
  });

  it('ends with the client, and says so', async () => {
    const { client, journal, settle } = await setUp();
    const heard = follow(journal, { after: 0 });
    await settle();
    await client.close();
    expect(heard.errors).toMatchObject([{ code: 'closed' }]);
  });

  it('a listener that throws is reported, and the next page comes', async () => {
    const { script, journal, settle } = await setUp();
    await settle();
    const pages: JournalPage[] = [];
    journal.subscribe(
      (page) => {
        pages.push(page);
        if (pages.length === 1) throw new Error('a defect of the app');
      },
      { after: 0 },
    );
    script.add({});
    await settle();
    script.add({});
    await settle();
    expect(pages.map(({ events }) => events.length)).toEqual([1, 1]);
  });
});
