import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { LwwRecord } from '../../crdt/index.js';
import type { BaseChange, Storage, StorageAdapter, StorageError } from '../ports/storage.js';
import {
  A,
  B,
  canonicalMap,
  changes,
  createOp,
  entry,
  merge,
  record,
  rejection,
  replay,
  stampOf,
  unwrap,
} from './samples.contract.js';

let created = 0;

/** What every storage adapter must do. `create` gives an adapter whose databases are its own. */
export function describeStorageContract(name: string, create: () => StorageAdapter): void {
  /** Runs `test` on a new database, opened as often as it asks. */
  const withDatabase = (test: (open: () => Promise<Storage>) => Promise<void>) => async (): Promise<void> => {
    const adapter = create();
    const database = `contract-${created++}`;
    const open = async (): Promise<Storage> => unwrap(await adapter.open(database));
    await test(open);
    const last = await open();
    unwrap(await last.destroy());
  };

  const compactAll = async (storage: Storage): Promise<void> => {
    while (unwrap(await storage.compact()));
  };

  describe(`storage contract: ${name}`, () => {
    describe('identity', () => {
      it(
        'CR-2: is minted with the database and the same ever after',
        withDatabase(async (open) => {
          const first = await open();
          expect(first.identity.databaseId).toMatch(/^[-0-9A-Z_a-z]{12}$/);
          expect(first.identity.issued.size).toBe(0);
          await first.close();
          expect((await open()).identity.databaseId).toBe(first.identity.databaseId);
        }),
      );

      it(
        'CR-2: two who open at once agree',
        withDatabase(async (open) => {
          const [one, two, three] = await Promise.all([open(), open(), open()]);
          expect(two?.identity.databaseId).toBe(one?.identity.databaseId);
          expect(three?.identity.databaseId).toBe(one?.identity.databaseId);
        }),
      );

      it(
        'CR-2: says the highest sequence and stamp ever made durable per replica, decided ops included',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(await storage.commit({ putOps: [1, 2, 3].map((seq) => entry(createOp(seq))) }));
          unwrap(await storage.commit({ putOps: [entry(createOp(7, { replica: B, millis: 50 }))] }));
          unwrap(await storage.commit({ removeOps: [1, 2, 3].map((seq) => ({ replica: A, seq })) }));
          // Re-stamped to an earlier time: what was issued does not go back.
          unwrap(await storage.commit({ putOps: [entry(createOp(7, { replica: B, millis: 40 }))] }));
          const { issued } = (await open()).identity;
          expect([...issued].sort()).toEqual([
            [A, { seq: 3, stamp: stampOf(1003) }],
            [B, { seq: 7, stamp: stampOf(50, B) }],
          ]);
        }),
      );
    });

    describe('outbox', () => {
      const outboxOf = async (storage: Storage): Promise<string[]> =>
        unwrap(await storage.loadOutbox()).map(({ op, handed }) => `${op.replica.at(-1)}${op.seq}${handed ? '!' : ''}`);

      it(
        'CL-2: comes back in (replica, seq) order, whole',
        withDatabase(async (open) => {
          const storage = await open();
          const odd = createOp(2, {
            replica: B,
            map: '__proto__',
            key: '__proto__',
            title: JSON.parse('{"__proto__":[1]}'),
          });
          unwrap(await storage.commit({ putOps: [entry(odd, true), entry(createOp(1, { replica: B }))] }));
          unwrap(await storage.commit({ putOps: [entry(createOp(1)), entry(createOp(2))] }));
          unwrap(await storage.commit({ putOps: [entry({ ...createOp(3), kind: 'patch' } as never)] }));
          const { replica, stamp, map, key } = createOp(4);
          unwrap(await storage.commit({ putOps: [entry({ kind: 'remove', seq: 4, replica, stamp, map, key })] }));
          const again = await open();
          expect(await outboxOf(again)).toEqual(['01', '02', '03', '04', '11', '12!']);
          const ops = unwrap(await again.loadOutbox()).map(({ op }) => op);
          expect(ops[0]).toEqual(createOp(1));
          expect(ops[3]).toEqual({ kind: 'remove', seq: 4, replica, stamp, map, key });
          expect(ops[5]).toEqual(odd);
        }),
      );

      it(
        'CR-11: a put of a stored op replaces it',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(await storage.commit({ putOps: [1, 2, 3, 4].map((seq) => entry(createOp(seq))) }));
          unwrap(await storage.commit({ putOps: [entry(createOp(2, { millis: 9999 }), true), entry(createOp(5))] }));
          expect(await outboxOf(storage)).toEqual(['01', '02!', '03', '04', '05']);
          expect(unwrap(await storage.loadOutbox())[1]?.op.stamp).toBe(stampOf(9999));
        }),
      );

      it(
        'CR-11: keeps the clock offset an op was stamped with, 0 and none included',
        withDatabase(async (open) => {
          const storage = await open();
          const putOps = [
            { ...entry(createOp(1)), clockOffset: -1500 },
            { ...entry(createOp(2)), clockOffset: 0 },
            entry(createOp(3), true),
          ];
          unwrap(await storage.commit({ putOps }));
          expect(unwrap(await (await open()).loadOutbox())).toEqual(putOps);
        }),
      );

      it(
        'CL-5: removes exactly the ops named, and puts them back where they were when asked',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(await storage.commit({ putOps: [1, 2, 3, 4, 5].map((seq) => entry(createOp(seq))) }));
          unwrap(
            await storage.commit({
              removeOps: [
                { replica: A, seq: 2 },
                { replica: A, seq: 5 },
                { replica: B, seq: 1 },
                { replica: A, seq: 77 },
              ],
            }),
          );
          expect(await outboxOf(storage)).toEqual(['01', '03', '04']);
          unwrap(
            await storage.commit({
              putOps: [entry(createOp(2)), entry(createOp(6))],
              removeOps: [{ replica: A, seq: 6 }],
            }),
          );
          expect(await outboxOf(storage)).toEqual(['01', '02', '03', '04']);
          unwrap(await storage.commit({ removeOps: [1, 2, 3, 4].map((seq) => ({ replica: A, seq })) }));
          expect(await outboxOf(await open())).toEqual([]);
        }),
      );

      it(
        'CL-2: equals a model under random puts, re-puts, removes and compactions, over many rows',
        withDatabase(async (open) => {
          const storage = await open();
          const step = fc.oneof(
            {
              weight: 4,
              arbitrary: fc.record({ add: fc.integer({ min: 1, max: 700 }), replica: fc.constantFrom(A, B) }),
            },
            {
              weight: 6,
              arbitrary: fc.record({
                touch: fc.array(fc.nat(1500), { minLength: 1, maxLength: 40 }),
                how: fc.constantFrom('put', 'remove'),
                replica: fc.constantFrom(A, B),
              }),
            },
            { weight: 1, arbitrary: fc.constant({ compact: true }) },
          );
          await fc.assert(
            fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
              const left = unwrap(await storage.loadOutbox()).map(({ op: { replica, seq } }) => ({ replica, seq }));
              unwrap(await storage.commit({ removeOps: left }));
              const model = new Map<string, boolean>();
              const next = new Map(
                [A, B].map((replica) => [replica, 1 + (storage.identity.issued.get(replica)?.seq ?? 0)]),
              );
              for (const one of steps) {
                if ('compact' in one) await compactAll(storage);
                else if ('add' in one) {
                  const start = next.get(one.replica) ?? 1;
                  const putOps = Array.from({ length: one.add }, (_, i) =>
                    entry(createOp(start + i, { replica: one.replica })),
                  );
                  next.set(one.replica, start + one.add);
                  for (const { op } of putOps) model.set(`${op.replica}:${String(op.seq).padStart(9)}`, false);
                  unwrap(await storage.commit({ putOps }));
                } else {
                  const known = one.touch.filter((seq) => seq > 0 && seq < (next.get(one.replica) ?? 1));
                  const ids = [...new Set(known)].map((seq) => ({ replica: one.replica, seq }));
                  for (const { replica, seq } of ids) {
                    const id = `${replica}:${String(seq).padStart(9)}`;
                    if (one.how === 'put') model.set(id, true);
                    else model.delete(id);
                  }
                  if (one.how === 'put')
                    unwrap(
                      await storage.commit({
                        putOps: ids.map(({ replica, seq }) => entry(createOp(seq, { replica }), true)),
                      }),
                    );
                  else unwrap(await storage.commit({ removeOps: ids }));
                }
              }
              const stored = unwrap(await storage.loadOutbox()).map(({ op, handed }) => [
                `${op.replica}:${String(op.seq).padStart(9)}`,
                handed,
              ]);
              expect(stored).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
            }),
            { numRuns: 15 },
          );
        }),
      );

      it(
        'CL-1: takes a commit of 10,000 ops, and their removal in parts',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(await storage.commit({ putOps: Array.from({ length: 10_000 }, (_, i) => entry(createOp(i + 1))) }));
          const again = await open();
          const stored = unwrap(await again.loadOutbox());
          expect(stored.length).toBe(10_000);
          expect(stored.every(({ op }, i) => op.seq === i + 1)).toBe(true);
          const odd = stored
            .filter(({ op }) => op.seq % 2 === 1)
            .map(({ op }) => ({ replica: op.replica, seq: op.seq }));
          unwrap(await again.commit({ removeOps: odd }));
          expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual(
            Array.from({ length: 5000 }, (_, i) => 2 * i + 2),
          );
        }),
      );

      it(
        'CL-2: joining many single writes into fewer rows changes nothing one can see',
        withDatabase(async (open) => {
          const storage = await open();
          for (let seq = 1; seq <= 60; seq++)
            unwrap(await storage.commit({ putOps: [entry(createOp(seq), seq % 3 === 0)] }));
          unwrap(await storage.commit({ removeOps: [{ replica: A, seq: 30 }] }));
          const before = unwrap(await storage.loadOutbox());
          await compactAll(storage);
          expect(unwrap(await storage.loadOutbox())).toEqual(before);
          unwrap(
            await storage.commit({
              putOps: [entry(createOp(30)), entry(createOp(61))],
              removeOps: [{ replica: A, seq: 1 }],
            }),
          );
          expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.seq)).toEqual(
            Array.from({ length: 60 }, (_, i) => i + 2),
          );
        }),
      );
    });

    describe('confirmed state', () => {
      it(
        'merges deltas and drops rows, in order, per map',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(
            await storage.commit({
              base: [
                { map: 'a', changes: [merge('x', record(1, 'old')), merge('y', record(1, 'y'))] },
                { map: 'b', changes: [merge('x', record(1, 'other map'))] },
              ],
            }),
          );
          unwrap(
            await storage.commit({
              base: [
                {
                  map: 'a',
                  changes: [merge('x', record(5, 'new')), { type: 'drop', key: 'y' }, merge('x', record(3, 'late'))],
                },
              ],
            }),
          );
          unwrap(
            await storage.commit({
              base: [{ map: 'a', changes: [{ type: 'drop', key: 'z' }, merge('z', record(2, 'back'))] }],
            }),
          );
          const again = await open();
          const a = unwrap(await again.loadMap('a'));
          expect([...a.keys()].sort()).toEqual(['x', 'z']);
          expect(a.get('x')?.fields.get('title')).toEqual({ stamp: stampOf(5), value: 'new' });
          expect(
            unwrap(await again.loadMap('b'))
              .get('x')
              ?.fields.get('title')?.value,
          ).toBe('other map');
          expect(unwrap(await again.loadMap('c')).size).toBe(0);
        }),
      );

      it(
        'takes __proto__ and the like as map, key and field, and keeps bytes and tombstones',
        withDatabase(async (open) => {
          const storage = await open();
          const tombstone: LwwRecord = {
            existence: { stamp: stampOf(9), op: 'remove' },
            floor: stampOf(9),
            fields: new Map(),
          };
          const bytes: LwwRecord = {
            existence: null,
            floor: '',
            fields: new Map([
              ['__proto__', { stamp: stampOf(2), value: Uint8Array.of(0, 255) }],
              ['gone', { stamp: stampOf(3), value: undefined }],
            ]),
          };
          unwrap(
            await storage.commit({
              base: [{ map: '__proto__', changes: [merge('__proto__', bytes), merge('constructor', tombstone)] }],
            }),
          );
          await compactAll(storage);
          const loaded = unwrap(await (await open()).loadMap('__proto__'));
          expect([...loaded.keys()].sort()).toEqual(['__proto__', 'constructor']);
          expect(loaded.get('__proto__')).toEqual(bytes);
          expect(loaded.get('constructor')).toEqual(tombstone);
          expect(({} as Record<string, unknown>)['gone']).toBeUndefined();
        }),
      );

      it(
        'CL-2: loads what a model holds after any commits and compactions',
        withDatabase(async (open) => {
          const storage = await open();
          let run = 0;
          const commits = fc.array(fc.record({ map: fc.constantFrom('m', 'n'), changes, compact: fc.boolean() }), {
            minLength: 1,
            maxLength: 10,
          });
          await fc.assert(
            fc.asyncProperty(commits, async (steps) => {
              run++;
              const models = new Map<string, Map<string, LwwRecord>>();
              for (const step of steps) {
                const map = `${step.map}${run}`;
                let model = models.get(map);
                if (model === undefined) models.set(map, (model = new Map()));
                replay(model, step.changes);
                unwrap(await storage.commit({ base: [{ map, changes: step.changes }] }));
                if (step.compact) unwrap(await storage.compact());
              }
              for (const [map, model] of models)
                expect(canonicalMap(unwrap(await storage.loadMap(map)))).toEqual(canonicalMap(model));
              await compactAll(storage);
              for (const [map, model] of models)
                expect(canonicalMap(unwrap(await storage.loadMap(map)))).toEqual(canonicalMap(model));
            }),
            { numRuns: 40 },
          );
        }),
      );

      it(
        'CL-2: folds many records into many pages, a bounded amount per call',
        withDatabase(async (open) => {
          const storage = await open();
          const model = new Map<string, LwwRecord>();
          const commit = async (batch: readonly BaseChange[]): Promise<void> => {
            replay(model, batch);
            unwrap(await storage.commit({ base: [{ map: 'big', changes: batch }] }));
          };
          const key = (n: number): string => `k${(n * 7919) % 20_000}`;
          for (let start = 0; start < 20_000; start += 5000) {
            await commit(
              Array.from({ length: 5000 }, (_, i) => merge(key(start + i), record(start + i + 1, start + i))),
            );
          }
          await compactAll(storage);
          // Every 40th record in one commit: more pages than one call takes on.
          await commit(Array.from({ length: 500 }, (_, i) => merge(`k${i * 40}`, record(100_000 + i, 'updated'))));
          await commit(
            Array.from({ length: 500 }, (_, i): BaseChange => ({ type: 'drop', key: `k${i * 40 + (i % 2)}` })),
          );
          unwrap(await storage.compact());
          expect(canonicalMap(unwrap(await storage.loadMap('big')))).toEqual(canonicalMap(model));
          await compactAll(storage);
          expect(canonicalMap(unwrap(await (await open()).loadMap('big')))).toEqual(canonicalMap(model));
          // And empty again.
          await commit([...model.keys()].map((dropped): BaseChange => ({ type: 'drop', key: dropped })));
          await compactAll(storage);
          expect(unwrap(await storage.loadMap('big')).size).toBe(0);
        }),
      );
    });

    describe('commits', () => {
      it(
        'CL-1: hold op, base and rejection changes together',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(await storage.commit({ putOps: [entry(createOp(1)), entry(createOp(2))] }));
          unwrap(
            await storage.commit({
              removeOps: [
                { replica: A, seq: 1 },
                { replica: A, seq: 2 },
              ],
              base: [{ map: 'todos', changes: [merge('k1', record(1001, 'x'))] }],
              addRejections: [rejection(createOp(2), 5)],
            }),
          );
          const again = await open();
          expect(unwrap(await again.loadOutbox())).toEqual([]);
          expect([...unwrap(await again.loadMap('todos')).keys()]).toEqual(['k1']);
          expect(unwrap(await again.loadRejections())).toEqual([rejection(createOp(2), 5)]);
        }),
      );

      it(
        'CL-1: take effect in call order without waiting for each other',
        withDatabase(async (open) => {
          const storage = await open();
          const done = Array.from({ length: 30 }, (_, i) =>
            storage.commit({
              putOps: [entry(createOp(1, { title: i }), i % 2 === 1)],
              removeOps: i % 3 === 2 ? [{ replica: A, seq: 1 }] : [],
              base: [{ map: 'm', changes: [{ type: 'drop', key: 'k' }, merge('k', record(50 - i, i))] }],
            }),
          );
          done.push(storage.commit({ putOps: [entry(createOp(1, { title: 'last' }))] }));
          for (const one of await Promise.all(done)) unwrap(one);
          const [only, ...more] = unwrap(await storage.loadOutbox());
          expect(more).toEqual([]);
          expect(only).toEqual(entry(createOp(1, { title: 'last' })));
          expect(
            unwrap(await storage.loadMap('m'))
              .get('k')
              ?.fields.get('title')?.value,
          ).toBe(29);
        }),
      );

      it(
        'are seen by everyone who has the database open',
        withDatabase(async (open) => {
          const [one, two] = [await open(), await open()];
          unwrap(
            await one.commit({
              putOps: [entry(createOp(1))],
              base: [{ map: 'm', changes: [merge('a', record(1, 1))] }],
            }),
          );
          unwrap(
            await two.commit({
              putOps: [entry(createOp(1, { replica: B }))],
              base: [{ map: 'm', changes: [merge('a', record(2, 2))] }],
            }),
          );
          unwrap(await one.compact());
          for (const storage of [one, two]) {
            expect(unwrap(await storage.loadOutbox()).map(({ op }) => op.replica)).toEqual([A, B]);
            expect(
              unwrap(await storage.loadMap('m'))
                .get('a')
                ?.fields.get('title')?.value,
            ).toBe(2);
          }
        }),
      );

      it(
        'an empty one is fine',
        withDatabase(async (open) => {
          const storage = await open();
          unwrap(await storage.commit({}));
          unwrap(
            await storage.commit({ putOps: [], removeOps: [], base: [], addRejections: [], removeRejections: [] }),
          );
          unwrap(await storage.commit({ base: [{ map: 'm', changes: [] }] }));
          expect(unwrap(await storage.compact())).toBe(false);
        }),
      );
    });

    it(
      'CL-7: rejections stay, oldest first, until they are removed',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.commit({ addRejections: [rejection(createOp(2), 20), rejection(createOp(1), 30)] }));
        unwrap(
          await storage.commit({
            addRejections: [rejection(createOp(9, { replica: B, title: Uint8Array.of(1) }), 10)],
          }),
        );
        expect(unwrap(await (await open()).loadRejections())).toEqual([
          rejection(createOp(9, { replica: B, title: Uint8Array.of(1) }), 10),
          rejection(createOp(2), 20),
          rejection(createOp(1), 30),
        ]);
        unwrap(
          await storage.commit({
            removeRejections: [
              { replica: A, seq: 2 },
              { replica: B, seq: 77 },
            ],
          }),
        );
        expect(unwrap(await storage.loadRejections()).map(({ op }) => op.seq)).toEqual([9, 1]);
      }),
    );

    describe('the end', () => {
      it(
        'a closed storage answers with an error and keeps its data',
        withDatabase(async (open) => {
          const storage = await open();
          const last = storage.commit({ putOps: [entry(createOp(1))] });
          await storage.close();
          unwrap(await last);
          const refused = await storage.commit({ putOps: [entry(createOp(2))] });
          expect(refused.ok ? 'ok' : refused.error.code).toBe('failed');
          expect((await storage.loadOutbox()).ok).toBe(false);
          expect(unwrap(await (await open()).loadOutbox()).length).toBe(1);
        }),
      );

      it(
        'CL-8: destroy leaves nothing, and everyone else who has it open is told once that it is lost',
        withDatabase(async (open) => {
          const [one, two] = [await open(), await open()];
          unwrap(
            await one.commit({
              putOps: [entry(createOp(1))],
              base: [{ map: 'm', changes: [merge('a', record(1, 1))] }],
            }),
          );
          const told: StorageError[] = [];
          two.onLost((error) => told.push(error));
          const quiet: StorageError[] = [];
          two.onLost((error) => quiet.push(error))();
          one.onLost((error) => quiet.push(error));
          unwrap(await one.destroy());
          const refused = await two.commit({ putOps: [entry(createOp(2))] });
          expect(refused.ok ? 'ok' : refused.error.code).toBe('lost');
          expect(told.map(({ code }) => code)).toEqual(['lost']);
          expect(quiet).toEqual([]);
          const fresh = await open();
          expect(fresh.identity.databaseId).not.toBe(one.identity.databaseId);
          expect(fresh.identity.issued.size).toBe(0);
          expect(unwrap(await fresh.loadOutbox())).toEqual([]);
          expect(unwrap(await fresh.loadMap('m')).size).toBe(0);
        }),
      );
    });
  });
}
