import { DexieAdapter } from '../adapters/dexie-storage.js';
import { compactAll, createOp, entry, merge, record, rejection, unwrap } from '../storage/samples.contract.js';
import { readRawDatabase, type RawDatabase } from './raw-database.js';

/** What the identity of the golden databases is made of: nothing in them is left to chance. */
const DATABASE_ID = 'Oc-_IdiGS8Jj';

/**
 * Makes what `golden-format-1.ts` holds: a database with something in each of its stores, written by the storage adapter as it is now. When the
 * format changes, what this gives is kept as the golden database of the new one, and those of the older ones stay as they are.
 */
export async function writeGoldenDatabase(name: string): Promise<RawDatabase> {
  const storage = unwrap(await new DexieAdapter({ random: { unit: () => 0, id: () => DATABASE_ID } }).open(name));
  const [op, refused, accepted] = [1, 2, 3].map((seq) => createOp(seq)) as [
    ReturnType<typeof createOp>,
    ReturnType<typeof createOp>,
    ReturnType<typeof createOp>,
  ];
  const paged = [merge('a', record(1, 'paged')), merge('b', record(2, 'dropped'))];
  unwrap(await storage.commit({ base: [{ map: 'todos', changes: paged }] }));
  await compactAll(storage);
  const journaled = [merge('c', record(3, 'journaled')), { type: 'drop', key: 'b' } as const];
  const putOps = [entry(op, true), entry(refused), entry(accepted)];
  unwrap(await storage.commit({ putOps, base: [{ map: 'todos', changes: journaled }] }));
  const keepOps = [{ lineage: 'l', position: 1, at: 1, ops: [accepted] }];
  unwrap(await storage.commit({ removeOps: [refused, accepted], addRejections: [rejection(refused, 5)], keepOps }));
  unwrap(await storage.takeLead());
  unwrap(await storage.noteUse('todos', 7));
  unwrap(await storage.keepView({ key: 'todos\0', records: new Map([['a', record(1, 'paged')]]), hasMore: true }));
  await storage.close();
  return readRawDatabase(name);
}
