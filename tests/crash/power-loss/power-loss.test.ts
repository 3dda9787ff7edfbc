import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecidedMessage, ServerMessage } from '@topgun/core/protocol';
import Database from 'libsql';
import { expect, test } from 'vitest';

import { createSeededRandom } from '../../../packages/core/src/client/testing/seeded-random.js';
import { loadXxhash } from '../../../server/src/adapters/xxhash.js';
import { openSqliteStoreInThread } from '../../../server/src/drivers/sqlite/sqlite-store-in-thread.js';
import { OpAuthor } from '../../../server/src/testing/op-author.js';
import { connectWire, helloOf } from '../../../server/src/testing/wire-client.js';
import { startServerProcess } from '../server-process.js';
import { ackLine, earlyAcks } from './early-acks.js';
import { afterPowerLoss, fileEvents, type FileEvent } from './replay.js';

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
if (!canTrace) console.log('topgun: the power-loss test is skipped: there is no strace that may trace here.');

interface Left {
  /** Which marks the ledger has. */
  readonly marks: ReadonlySet<string>;
  /** Where it ends. */
  readonly position: number;
  /** Up to where the rows say that they are. */
  readonly through: number;
  readonly rows: number;
}

/** What there is in files as a disk has them that lost its power after `events`. */
async function afterLoss(
  events: readonly FileEvent[],
  file: string,
  copy: string,
  survives: () => boolean,
): Promise<Left> {
  writeFileSync(copy, afterPowerLoss(events, file, survives));
  writeFileSync(`${copy}-wal`, afterPowerLoss(events, `${file}-wal`, survives));
  const opened = await openSqliteStoreInThread(`file:${copy}`);
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  const text: string[] = [];
  let position = 0;
  for await (const chunk of store.ledger.read(0)) {
    for (const segment of chunk) text.push(Buffer.from(segment.bytes).toString());
    position = chunk.at(-1)?.position ?? position;
  }
  const [through, rows] = [await store.coldStore.through(), await store.coldStore.rows('m')];
  await store.close();
  const found = new Set(marks.filter((mark) => text.some((segment) => segment.includes(mark))));
  return { marks: found, position, through, rows: rows.length };
}

/** How many rows the server has written for other programs to read. */
function rowsIn(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    const [count] = database.prepare('SELECT count(*) FROM record').raw(true).get() as [number];
    return count;
  } finally {
    database.close();
  }
}

const MARKS = 20;
const marks = Array.from({ length: MARKS }, (_, i) => `mark-${i}-`);

test.skipIf(!canTrace)(
  'PI-1, PI-22: no ack leaves the server before the log is synced that holds what it acks, and with the power gone at any ack it is there',
  async () => {
    const hash = await loadXxhash();
    const folder = mkdtempSync(join(tmpdir(), 'topgun-power-'));
    const trace = join(folder, 'trace');
    const database = join(folder, 'topgun.db');
    const calls = 'trace=pwrite64,ftruncate,fdatasync,fsync,write,writev,sendto,sendmsg';
    const server = await startServerProcess({
      database,
      under: ['strace', '-D', '-f', '-y', '-s', '8192', '-e', calls, '-o', trace],
    });
    try {
      const author = new OpAuthor('r.0', hash);
      const client = await connectWire(server.url, helloOf(author.replica));
      for (const [i, mark] of marks.entries()) {
        // Rows are written meanwhile, which nothing syncs but the next append.
        if (i === MARKS / 2) await expect.poll(() => rowsIn(database), { timeout: 20_000 }).toBe(i);
        const op = author.create('m', mark);
        client.send({ type: 'submit', batches: author.batches(op) });
        await client.until(
          (message: ServerMessage): message is DecidedMessage =>
            message.type === 'decided' && message.verdicts.some(([seq]) => seq === op.seq),
        );
      }
      client.close();
      await server.end('SIGTERM');
      const lines = readFileSync(trace, 'utf8').split('\n');
      expect(earlyAcks(lines, marks)).toEqual([]);
      // The same server, had it synced after its answers: with every sync moved to the end.
      const isSync = (line: string): boolean => /f(data)?sync/.test(line);
      const late = [...lines.filter((line) => !isSync(line)), ...lines.filter(isSync)];
      expect(earlyAcks(late, marks)).toEqual(marks);

      const events = fileEvents(lines);
      const eventsBefore = (mark: string): FileEvent[] =>
        events.filter(({ line }) => line < ackLine(lines, mark)).map(({ event }) => event);
      const random = createSeededRandom(7);
      const survivors = [() => false, () => random.unit() < 0.5];
      for (const [i, mark] of marks.entries()) {
        const before = eventsBefore(mark);
        for (const [way, survives] of survivors.entries()) {
          const left = await afterLoss(before, database, join(folder, `${i}-${way}.db`), survives);
          expect(marks.slice(0, i + 1).filter((each) => !left.marks.has(each))).toEqual([]);
          // PI-4: rows may be gone that were there, but never say more than the ledger has.
          expect(left.through).toBeLessThanOrEqual(left.position);
          expect(left.rows).toBeGreaterThanOrEqual(i >= MARKS / 2 ? MARKS / 2 : 0);
        }
      }
      // Had its log not been synced, the last of them would not be there.
      const last = marks.at(-1)!;
      const unsynced = eventsBefore(last).filter(({ type, file }) => type !== 'sync' || !file.endsWith('-wal'));
      const { marks: found } = await afterLoss(unsynced, database, join(folder, 'none.db'), () => false);
      expect(found.has(last)).toBe(false);
    } finally {
      await server.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
