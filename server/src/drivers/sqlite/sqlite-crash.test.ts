import { spawn } from 'node:child_process';
import { copyFile, stat, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { LedgerSegment } from '../../ports/ledger.js';
import { openSqliteStoreInThread } from './sqlite-store-in-thread.js';
import { createSqlitePlace, type SqlitePlace } from './testing/sqlite-place.js';

const load = fileURLToPath(new URL('./testing/append-load.mjs', import.meta.url));

/** Runs the load on a file, kills it with SIGKILL after `acks` acks, and returns the last position it acked. */
async function runAndKill(file: string, acks: number): Promise<number> {
  const child = spawn(process.execPath, [load, `file:${file}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const acked = /^acked (\d+)$/.exec(line);
    if (acked === null) continue;
    last = Number(acked[1]);
    // What it still says after the kill was acked before it.
    if (++seen === acks) child.kill('SIGKILL');
  }
  await ended;
  if (seen < acks) throw new Error(`the load ended by itself: ${complaint}`);
  return last;
}

/** A copy of what a crash has left, as the next process finds it: nobody else has it open. */
async function checkedSegments(file: string, logBytes?: number): Promise<LedgerSegment[]> {
  const copy = `${file}.copy-${++copies}`;
  await copyFile(file, copy);
  await copyFile(`${file}-wal`, `${copy}-wal`);
  if (logBytes !== undefined) await truncate(`${copy}-wal`, logBytes);
  const opened = await openSqliteStoreInThread(`file:${copy}`);
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  const segments: LedgerSegment[] = [];
  for await (const chunk of store.ledger.read(0)) segments.push(...chunk);
  for (const [i, { position, bytes }] of segments.entries()) {
    expect(position).toBe(i + 1);
    expect(new TextDecoder().decode(bytes)).toBe(`${position} `.repeat(200));
  }
  for (const row of await store.coldStore.rows('m')) {
    expect(row).toMatchObject({ key: `k${row.position % 50}`, value: `${row.position}` });
    expect(row.position).toBeLessThanOrEqual(segments.length + 1);
  }
  await store.close();
  return segments;
}
let copies = 0;

describe('a SQLite ledger after a crash', () => {
  let place: SqlitePlace;
  beforeEach(async () => {
    place = await createSqlitePlace(openSqliteStoreInThread);
  });
  afterEach(() => place.destroy());

  it('PI-1, PI-10: killed again and again under load, it has every acked segment and needs no repair', async () => {
    for (const acks of [1, 170]) {
      const acked = await runAndKill(place.file, acks);
      const segments = await checkedSegments(place.file);
      // At most the one append that was in flight may be there without its ack.
      expect(segments.length).toBeGreaterThanOrEqual(acked);
      expect(segments.length).toBeLessThanOrEqual(acked + 1);
    }
  });

  it('PI-10: with its log cut anywhere, it opens with a prefix of the segments, none of them in part', async () => {
    const acked = await runAndKill(place.file, 60);
    const { size } = await stat(`${place.file}-wal`);
    const lengths: number[] = [];
    for (const cut of [0, 40, 5_000, size / 3, size / 2, size - 4_100, size - 1]) {
      lengths.push((await checkedSegments(place.file, Math.floor(cut))).length);
    }
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    // The cuts did take something away, so this has seen torn logs.
    expect(lengths[3]).toBeLessThan(acked);
  });
});
