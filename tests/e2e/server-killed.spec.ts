import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startServerProcess } from '../crash/server-process.js';
import { databaseRows } from './database-rows.js';
import { expect, test } from './fixtures.js';
import type { TodoPage, TodoWindow } from './todo-page.js';

const KILLS = 3;
/** Acks that a client must have got between one kill and the next. */
const ACKS_BETWEEN = 15;
/** How far a writer runs ahead of its acks. */
const AHEAD = 25;

type WriterWindow = TodoWindow & {
  writer: { readonly name: string; issued: number; readonly acked: string[]; readonly stop: () => void };
};

/** Lets a page write todos, one after the other, whether the server is there or not. */
function startWriting(page: TodoPage, name: string): Promise<void> {
  return page.page.evaluate(
    ({ writerName, ahead }) => {
      const { topgun } = window as TodoWindow;
      const todos = topgun.getMap('todos');
      const acked: string[] = [];
      const timer = setInterval(() => {
        if (writer.issued - acked.length >= ahead) return;
        const key = `${writerName}-${writer.issued}`;
        const todo = { text: key, done: false, order: `a${writerName}`, createdAt: writer.issued };
        writer.issued += 1;
        void todos.set(key, todo).acked.then(({ ok }) => ok && acked.push(key));
      }, 10);
      const writer = { name: writerName, issued: 0, acked, stop: () => clearInterval(timer) };
      (window as WriterWindow).writer = writer;
    },
    { writerName: name, ahead: AHEAD },
  );
}

const ackedKeys = (page: TodoPage): Promise<string[]> =>
  page.page.evaluate(() => [...(window as WriterWindow).writer.acked]);

const issuedCount = (page: TodoPage): Promise<number> =>
  page.page.evaluate(() => (window as WriterWindow).writer.issued);

/** The keys that a server finds in what the killed one left on disk, with no client there to tell it anything. */
async function keysOnDisk(database: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'topgun-e2e-left-'));
  const copy = join(folder, 'copy.db');
  try {
    for (const end of ['', '-wal']) if (existsSync(database + end)) copyFileSync(database + end, copy + end);
    const server = await startServerProcess({ database: copy });
    // At SIGTERM all that the ledger has is written behind.
    const { code } = await server.end('SIGTERM');
    expect(code).toBe(0);
    return (await databaseRows(copy, 'todos')).map(({ key }) => key);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('PI-1, PI-10, PI-11, CL-6: a server killed while two clients write has every acked todo, clients come back by themselves, nothing is doubled', async ({
  app,
  newDevice,
}) => {
  // The done filter keeps the lists of the pages that write empty: writing is what is looked at here.
  const a = await (await newDevice()).openTab('/#/done');
  const b = await (await newDevice()).openTab('/#/done');
  await Promise.all([a.toBeLive(), b.toBeLive()]);
  const writers = [a, b];
  await Promise.all([startWriting(a, 'a'), startWriting(b, 'b')]);

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await Promise.all(writers.map(async (page) => (await ackedKeys(page)).length));
    for (const [i, page] of writers.entries()) {
      await expect
        .poll(async () => (await ackedKeys(page)).length, { timeout: 60_000 })
        .toBeGreaterThan(before[i]! + ACKS_BETWEEN);
    }
    await app.kill();
    await Promise.all(writers.map((page) => expect(page.badge).not.toHaveText('Live')));
    const acked = (await Promise.all(writers.map(ackedKeys))).flat();
    const issued = (await Promise.all(writers.map(issuedCount))).reduce((sum, count) => sum + count);
    expect(issued, 'all was acked when the server was killed: nothing was tested').toBeGreaterThan(acked.length);
    expect(await keysOnDisk(app.database)).toEqual(expect.arrayContaining(acked));
    await app.start();
  }

  await Promise.all(writers.map((page) => page.page.evaluate(() => (window as WriterWindow).writer.stop())));
  for (const page of writers) await expect(page.badge).toHaveText('Live', { timeout: 60_000 });
  const written = (
    await Promise.all(
      writers.map(async (page, i) => {
        const count = await issuedCount(page);
        return Array.from({ length: count }, (_, n) => `${'ab'[i]}-${n}`);
      }),
    )
  ).flat();
  await expect.poll(async () => (await app.rows()).length, { timeout: 60_000 }).toBe(written.length);
  expect((await app.todos()).map(({ text }) => String(text)).toSorted()).toEqual(written.toSorted());

  const other = await (await newDevice()).openTab();
  await expect(other.texts).toHaveCount(written.length);
  expect((await other.texts.allTextContents()).sort()).toEqual(written.toSorted());
  for (const [i, page] of writers.entries()) {
    await page.toBeLive();
    const theirs = written.filter((key) => !key.startsWith('ab'[i]!));
    await page.filter('Active').click();
    await expect(page.texts).toHaveCount(written.length);
    expect(await page.texts.allTextContents()).toEqual(expect.arrayContaining(theirs));
  }
});
