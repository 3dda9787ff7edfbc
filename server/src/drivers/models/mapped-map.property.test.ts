import type { Hash64 } from '@topgun/core/primitives';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { FIELDS, MappedWorld } from '../../testing/mapped-world.js';
import { settle } from '../../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => void (hash = await loadXxhash()));

const key = fc.constantFrom('a', 'b', 'c');
const place = fc.constantFrom(0, 1);
const value = fc.integer({ min: 1, max: 5 });

const edits = [
  fc.record({ type: fc.constant('submit' as const), key, place, value, ageMs: fc.constantFrom(0, 0, 25, 200) }),
  fc.record({ type: fc.constant('theirs' as const), key, place, value }),
  fc.record({ type: fc.constant('race' as const), key, place, value }),
  fc.record({ type: fc.constant('quiet' as const) }),
  fc.record({ type: fc.constant('refresh' as const), key }),
  fc.record({ type: fc.constant('refresh-all' as const) }),
] as const;
const removals = [
  fc.record({ type: fc.constant('remove' as const), key }),
  fc.record({ type: fc.constant('restart' as const), key, place, value }),
  fc.record({ type: fc.constant('delete' as const), key }),
] as const;
const crash = fc.record({ type: fc.constant('crash' as const) });

type Step = (typeof edits | typeof removals)[number] extends fc.Arbitrary<infer T> ? T | { type: 'crash' } : never;

/** Who wrote a field last, by what time: the app's clients, other programs; and when others last wrote the row. */
interface Written {
  ours: { at: number; value: number } | null;
  theirs: { at: number; value: number } | null;
}

async function run(world: MappedWorld, steps: readonly Step[]) {
  const fields = new Map<string, Written>();
  const rowTimes = new Map<string, number>();
  const of = (of: { key: string; place: number }): Written => {
    const name = `${of.key} ${of.place}`;
    const written = fields.get(name) ?? { ours: null, theirs: null };
    fields.set(name, written);
    return written;
  };
  const theirs = (change: { key: string; place: number; value: number }): void => {
    world.table.set(change.key, change.place, change.value, world.tellsTime ? world.clock.now : null);
    of(change).theirs = { at: world.clock.now, value: change.value };
    rowTimes.set(change.key, world.clock.now);
  };
  await world.start();
  for (const step of steps) {
    world.tick();
    switch (step.type) {
      case 'submit': {
        const at = world.clock.now - step.ageMs;
        world.submit('create', step.key, FIELDS[step.place]!, step.value, step.ageMs);
        const written = of(step);
        if (written.ours === null || at > written.ours.at) written.ours = { at, value: step.value };
        await settle();
        break;
      }
      case 'restart':
        world.submit('restart', step.key, FIELDS[step.place]!, step.value, 0);
        await settle();
        break;
      case 'remove':
        world.submit('remove', step.key, 'x', 0, 0);
        await settle();
        break;
      case 'theirs':
        theirs(step);
        break;
      case 'race':
        world.table.race = () => theirs(step);
        break;
      case 'delete':
        world.table.rows.delete(step.key);
        break;
      case 'quiet':
        await world.quiet();
        break;
      case 'refresh':
        await world.refresh([step.key]);
        break;
      case 'refresh-all':
        await world.refresh(null);
        break;
      case 'crash':
        await world.crash();
        break;
    }
  }
  world.table.race = null;
  world.tick();
  await world.settleAll();
  return { fields, rowTimes };
}

describe('maps that are tables', () => {
  it('MO-3 MO-5: map and table become the same, whoever writes what, and then nobody writes any more', async () => {
    const steps = fc.array(fc.oneof(...edits, ...removals, crash), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (all, tellsTime) => {
        const world = new MappedWorld(hash, tellsTime);
        await run(world, all);
        expect(await world.map()).toEqual(world.rows());
        expect(world.faults.list).toEqual([]);
        const { writes } = world.table;
        const commits = world.disk.segments.length;
        await world.settleAll();
        expect([world.table.writes, world.disk.segments.length]).toEqual([writes, commits]);
        await world.running.host.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('MO-4: of a field the later write counts, unless others wrote the row once more before the server had looked', async () => {
    const steps = fc.array(fc.oneof(...edits), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = new MappedWorld(hash, true);
        const { fields, rowTimes } = await run(world, all);
        const rows = world.rows();
        for (const [name, { ours, theirs }] of fields) {
          const [row, at] = name.split(' ') as [string, string];
          const is = rows[row]?.[FIELDS[Number(at)]!];
          if (ours === null || (theirs !== null && theirs.at >= ours.at)) expect(is).toBe(theirs!.value);
          else if (theirs === null || ours.at > (rowTimes.get(row) ?? 0)) expect(is).toBe(ours.value);
          else expect([ours.value, theirs.value]).toContain(is);
        }
        await world.running.host.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('MO-3: what a client alone has written is not lost in a crash, nor what others alone have', async () => {
    const steps = fc.array(fc.oneof(...edits, crash), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (all, tellsTime) => {
        const world = new MappedWorld(hash, tellsTime);
        const { fields } = await run(world, all);
        const rows = world.rows();
        for (const [name, { ours, theirs }] of fields) {
          const [row, at] = name.split(' ') as [string, string];
          const is = rows[row]?.[FIELDS[Number(at)]!];
          expect([ours?.value, theirs?.value]).toContain(is);
        }
        await world.running.host.stop();
      }),
      { numRuns: 40 },
    );
  });
});
