import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { LwwRecord } from '../../crdt/index.js';
import type { BaseChange } from '../ports/storage.js';
import {
  canonicalMap,
  changes,
  compactAll,
  merge,
  record,
  replay,
  stampOf,
  unwrap,
  type WithDatabase,
} from './samples.contract.js';

/** The part of the storage contract that is about confirmed state. */
export function describeBaseContract(withDatabase: WithDatabase): void {
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
      'takes __proto__ and the like as map, key and field, and keeps bytes, tombstones and expiries',
      withDatabase(async (open) => {
        const storage = await open();
        const tombstone: LwwRecord = {
          existence: { stamp: stampOf(9), op: 'remove' },
          floor: stampOf(9),
          fields: new Map(),
          expiry: null,
        };
        const bytes: LwwRecord = {
          existence: null,
          floor: '',
          fields: new Map([
            ['__proto__', { stamp: stampOf(2), value: Uint8Array.of(0, 255) }],
            ['gone', { stamp: stampOf(3), value: undefined }],
          ]),
          expiry: { stamp: stampOf(4), at: 5 },
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
          await commit(Array.from({ length: 5000 }, (_, i) => merge(key(start + i), record(start + i + 1, start + i))));
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
}
