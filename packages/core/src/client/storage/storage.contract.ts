import { describe, expect, it } from 'vitest';

import type { ReadAhead, Storage, StorageAdapter, StorageError } from '../ports/storage.js';
import {
  A,
  B,
  createOp,
  entry,
  merge,
  record,
  rejection,
  stampOf,
  unwrap,
  type WithDatabase,
} from './samples.contract.js';
import { describeAheadContract } from './storage-ahead.contract.js';
import { describeBaseContract } from './storage-base.contract.js';
import { describeEvictionContract } from './storage-eviction.contract.js';
import { describeKeptContract } from './storage-kept.contract.js';
import { describeLeadContract } from './storage-lead.contract.js';
import { describeLeaseContract } from './storage-lease.contract.js';
import { describeOutboxContract } from './storage-outbox.contract.js';
import { describeSearchContract } from './storage-search.contract.js';
import { describeViewContract } from './storage-view.contract.js';

let created = 0;

/** What every storage adapter must do. `create` gives an adapter whose databases are its own. */
export function describeStorageContract(name: string, create: () => StorageAdapter): void {
  /** Runs `test` on a new database, opened as often as it asks. */
  const withDatabase: WithDatabase = (test) => async (): Promise<void> => {
    const adapter = create();
    const database = `contract-${created++}`;
    const open = async (ahead?: ReadAhead): Promise<Storage> => unwrap(await adapter.open(database, ahead));
    await test(open);
    const last = await open();
    unwrap(await last.destroy());
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

    describeOutboxContract(withDatabase);
    describeBaseContract(withDatabase);
    describeKeptContract(withDatabase);
    describeLeaseContract(withDatabase);
    describeViewContract(withDatabase);
    describeAheadContract(withDatabase);
    describeSearchContract(withDatabase);
    describeEvictionContract(withDatabase);
    describeLeadContract(withDatabase);

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
