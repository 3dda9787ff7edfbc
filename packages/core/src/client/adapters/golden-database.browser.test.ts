import { expect, it } from 'vitest';

import { materialize } from '../../crdt/index.js';
import { compactAll, createOp, unwrap } from '../storage/samples.contract.js';
import { FORMAT_1 } from '../testing/golden-format-1.js';
import { writeRawDatabase } from '../testing/raw-database.js';
import { writeGoldenDatabase } from '../testing/write-golden-database.js';
import { DexieAdapter } from './dexie-storage.js';

it('CL-2: a database of format 1 opens, with all that is in it, and goes on', async () => {
  await writeRawDatabase('golden-format-1', FORMAT_1);
  const storage = unwrap(await new DexieAdapter().open('golden-format-1'));
  const [op, refused, accepted] = [1, 2, 3].map((seq) => createOp(seq));
  const values = async () =>
    [...unwrap(await storage.loadMap('todos'))].map(([key, record]) => [key, materialize(record)]);
  expect(storage.identity.databaseId).toBe('Oc-_IdiGS8Jj');
  expect(storage.identity.issued.get(op!.replica)?.seq).toBe(3);
  expect(unwrap(await storage.loadOutbox())).toEqual([{ op, handed: true }]);
  expect(unwrap(await storage.loadRejections()).map((each) => each.op)).toEqual([refused]);
  expect(unwrap(await storage.loadKept())).toEqual([accepted]);
  expect([...(unwrap(await storage.loadView('todos\0'))?.records.keys() ?? [])]).toEqual(['a']);
  expect(unwrap(await storage.latestLead())).toBe(1);
  expect(unwrap(await storage.storedMaps()).map(({ map, usedAt }) => [map, usedAt])).toEqual([['todos', 7]]);
  const expected = [
    ['a', { title: 'paged' }],
    ['c', { title: 'journaled' }],
  ];
  expect(await values()).toEqual(expected);
  await compactAll(storage);
  expect(await values()).toEqual(expected);
  unwrap(await storage.destroy());
});

it('CL-2: what is written now is format 1 still: whatever differs takes another number, and another golden database', async () => {
  const name = `golden-${Date.now()}`;
  const written = await writeGoldenDatabase(name);
  unwrap(await unwrap(await new DexieAdapter().open(name)).destroy());
  expect(written).toEqual(FORMAT_1);
});
