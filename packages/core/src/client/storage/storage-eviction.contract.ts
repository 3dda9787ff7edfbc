import { describe, expect, it } from 'vitest';

import type { Storage } from '../ports/storage.js';
import {
  A,
  canonicalMap,
  compactAll,
  createOp,
  entry,
  merge,
  record,
  rejection,
  unwrap,
  type WithDatabase,
} from './samples.contract.js';

const HOUR_MS = 3_600_000;
const NOW = 1_700_000_000_000;

const change = (map: string, key: string, text = 'x') => ({ map, changes: [merge(key, record(1, text))] });

const usedAtOf = async (storage: Storage): Promise<Record<string, number>> =>
  Object.fromEntries(unwrap(await storage.storedMaps()).map(({ map, usedAt }) => [map, usedAt]));

/** CL-8: the part of the storage contract that is about making room. */
export function describeEvictionContract(withDatabase: WithDatabase): void {
  describe('eviction', () => {
    it(
      'CL-8: says which maps have confirmed records, how large they are, and when they were used',
      withDatabase(async (open) => {
        const storage = await open();
        expect(unwrap(await storage.storedMaps())).toEqual([]);
        unwrap(await storage.commit({ base: [change('small', 'a'), change('large', 'a', 'y'.repeat(5_000))] }));
        await compactAll(storage);
        unwrap(await storage.commit({ base: [change('large', 'b', 'z'.repeat(5_000))] }));
        unwrap(await storage.noteUse('small', NOW));
        unwrap(await storage.noteUse('never stored', NOW));
        const stored = unwrap(await (await open()).storedMaps());
        const large = stored.find(({ map }) => map === 'large');
        const small = stored.find(({ map }) => map === 'small');
        expect(stored).toHaveLength(2);
        expect([small?.usedAt, large?.usedAt]).toEqual([NOW, 0]);
        expect(large?.bytes).toBeGreaterThan(10_000);
        expect(large?.bytes).toBeLessThan(11_000);
        expect(small?.bytes).toBeLessThan(500);
      }),
    );

    it(
      'CL-8: a use within the hour is not written down again, and one that a wrong clock has put ahead is put right',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.commit({ base: [change('m', 'a')] }));
        const seen: (number | undefined)[] = [];
        for (const at of [NOW, NOW + HOUR_MS - 1, NOW + HOUR_MS, NOW]) {
          unwrap(await storage.noteUse('m', at));
          seen.push((await usedAtOf(storage))['m']);
        }
        expect(seen).toEqual([NOW, NOW, NOW + HOUR_MS, NOW]);
      }),
    );

    it(
      'CL-8: takes the confirmed records and views of the maps it is told, and nothing else',
      withDatabase(async (open) => {
        const storage = await open();
        const [op, refused, accepted] = [1, 2, 3].map((seq) => createOp(seq, { map: 'gone' }));
        const kept = { key: 'gone\0', records: new Map([['a', record(1, 'x')]]), hasMore: false };
        unwrap(await storage.commit({ base: [change('gone', 'a'), change('stays', 'a')] }));
        await compactAll(storage);
        unwrap(
          await storage.commit({
            putOps: [entry(op!), entry(refused!), entry(accepted!)],
            base: [change('gone', 'b'), change('stays', 'b')],
          }),
        );
        unwrap(
          await storage.commit({
            removeOps: [refused!, accepted!],
            addRejections: [rejection(refused!, 5)],
            keepOps: [{ lineage: 'l', position: 1, at: 1, ops: [accepted!] }],
          }),
        );
        unwrap(await storage.keepView(kept));
        unwrap(await storage.keepView({ ...kept, key: 'stays\0' }));
        const stays = canonicalMap(unwrap(await storage.loadMap('stays')));
        unwrap(await storage.noteUse('gone', NOW));
        unwrap(await storage.evict(['gone', 'never there']));
        await storage.close();

        const again = await open();
        expect(unwrap(await again.loadMap('gone')).size).toBe(0);
        expect(canonicalMap(unwrap(await again.loadMap('stays')))).toEqual(stays);
        expect(unwrap(await again.loadView('gone\0'))).toBeNull();
        expect(unwrap(await again.loadView('stays\0'))?.records.size).toBe(1);
        expect(unwrap(await again.loadOutbox()).map((each) => each.op)).toEqual([op]);
        expect(unwrap(await again.loadRejections()).map((each) => each.op)).toEqual([refused]);
        expect(unwrap(await again.loadKept())).toEqual([accepted]);
        expect(again.identity.issued.get(A)?.seq).toBe(3);
        expect(await usedAtOf(again)).toEqual({ stays: 0 });
      }),
    );

    it(
      'CL-8: what is fetched again after that is there, and views are kept as before',
      withDatabase(async (open) => {
        const storage = await open();
        const view = { key: 'm\0', records: new Map([['a', record(1, 'x')]]), hasMore: false };
        unwrap(await storage.commit({ base: [change('m', 'a')] }));
        unwrap(await storage.keepView(view));
        unwrap(await storage.evict(['m']));
        unwrap(await storage.commit({ base: [change('m', 'b')] }));
        unwrap(await storage.commit({ base: [{ map: 'm', changes: [{ type: 'drop', key: 'c' }] }] }));
        unwrap(await storage.keepView(view));
        await compactAll(storage);
        expect([...unwrap(await storage.loadMap('m')).keys()]).toEqual(['b']);
        expect(unwrap(await storage.loadView('m\0'))?.records.size).toBe(1);
      }),
    );
  });
}
