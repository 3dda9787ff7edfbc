import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { expect, test } from 'vitest';
import { createServer } from '../../server/src/index.js';

// Quotas (docs/guides/limits.md) with and without threads (docs/guides/threads.md), run.

interface Schema {
  notes: { text: string };
}

/** Writes until the server refuses; how many it has taken. */
async function takenWith(workers: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'topgun-quotas-'));
  const database = `file:${join(folder, 'topgun.db')}`;
  const server = await createServer({ port: 0, host: '127.0.0.1', database, workers, quotas: { notes: 20_000 } });
  const { url } = await server.listen();
  const client = new TopGunClient<Schema>({
    serverUrl: url,
    storage: new MemoryAdapter(),
    environment: { log: () => {} },
  });
  try {
    const notes = client.getMap('notes');
    for (let i = 0; i < 50; i += 1) {
      const outcome = await notes.set(`n${i}`, { text: 'x'.repeat(1_000) }).acked;
      if (outcome.ok) continue;
      expect(outcome.rejected).toMatchObject({ code: 'too-large' });
      return i;
    }
    throw new Error('nothing was refused');
  } finally {
    await client.close();
    await server.drain();
    rmSync(folder, { recursive: true, force: true });
  }
}

test('PI-49, PI-51: a map with a quota takes as many records of several workers as of none', async () => {
  const taken = await takenWith(0);
  expect(taken).toBeGreaterThan(5);
  expect(await takenWith(2)).toBe(taken);
  expect(await takenWith(3)).toBe(taken);
});
