import { expect, it } from 'vitest';

import type { Storage } from '../ports/storage.js';
import { createOp, entry, unwrap } from '../storage/samples.contract.js';
import type { OutboxRow } from '../storage/stored-rows.js';
import { readRawDatabase } from '../testing/raw-database.js';
import { DexieAdapter } from './dexie-storage.js';

const WRITES = 700;

const seqsOf = async (storage: Storage): Promise<readonly number[]> =>
  unwrap(await storage.loadOutbox()).map(({ op }) => op.seq);

it('CL-2: all small rows of the outbox are joined, by several steps, whatever is written and decided between them', async () => {
  const name = `joining-${Date.now()}`;
  const storage = unwrap(await new DexieAdapter().open(name));
  const counts = async (): Promise<readonly number[]> =>
    ((await readRawDatabase(name)).stores['outbox'] as readonly OutboxRow[]).map(({ count }) => count);
  // As from a person: each a transaction, and a row.
  const seqs = Array.from({ length: WRITES }, (_, i) => i + 1);
  for (const result of await Promise.all(seqs.map((seq) => storage.commit({ putOps: [entry(createOp(seq))] })))) {
    unwrap(result);
  }
  expect(await counts()).toHaveLength(WRITES);

  expect(unwrap(await storage.compact())).toBe(true);
  expect(await counts()).toEqual([512, ...Array<number>(WRITES - 512).fill(1)]);
  expect(await seqsOf(storage)).toEqual(seqs);
  // In the joined row, and behind it.
  unwrap(await storage.commit({ removeOps: [createOp(1), createOp(600)] }));
  unwrap(await storage.commit({ putOps: [entry(createOp(WRITES + 1))] }));
  while (unwrap(await storage.compact()));
  // The one with room has taken in the next, and so has the other at its end.
  expect(await counts()).toEqual([512, 187]);
  expect(await seqsOf(storage)).toEqual([...seqs, WRITES + 1].filter((seq) => seq !== 1 && seq !== 600));

  // Once more there is nothing to do.
  expect(unwrap(await storage.compact())).toBe(false);
  unwrap(await storage.destroy());
});
