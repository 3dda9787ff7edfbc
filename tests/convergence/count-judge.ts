import type { CountOp } from '../../packages/core/src/crdt/index.js';
import type { AppTab } from './app-tab.js';
import type { AppWrite } from './history.js';
import { GROWING_MAP } from './maps.js';
import { idOf } from './op-id.js';
import { Violation } from './violation.js';
import type { World } from './world.js';

/**
 * CR-7, whenever the tab hears of a counter that only grows: what it shows never falls, has its own counts in it at once, and is never more
 * than the ledger has by then with what this device has not got there yet. Only where storage forgets nothing and no clock is
 * wrong: counts that are lost, or issued again, are shown no more, or twice. And only until the ledger is put back to an older state: then a device
 * shows for a while what it had been told before, and afterwards less, until all has been given back.
 */
export function judgeCounts(world: World, tab: AppTab): void {
  const { profile } = world;
  if (profile.faults.storage > 0 || profile.hasWrongClocks) return;
  for (const key of profile.keys) {
    let highest = 0;
    tab.client.getPNCounter(`${GROWING_MAP}:${key}`).subscribe((value) => {
      const before = highest;
      highest = value;
      // A listener hears of a write before whoever wrote has its handle.
      queueMicrotask(() => {
        const problem = problemWith(world, tab, key, value, before);
        if (problem !== null) world.found(new Violation('counts', `${tab.name}: ${GROWING_MAP}/${key} ${problem}`));
      });
    });
  }
}

function problemWith(world: World, tab: AppTab, key: string, value: number, before: number): string | null {
  if (world.hasBeenPutBack) return null;
  if (value < before) return `fell from ${before} to ${value}`;
  const { ledger, history } = world;
  ledger.catchUp(world.time.clock.now());
  const counts = history.writes.filter(({ track: { op } }) => op.map === GROWING_MAP && op.key === key);
  const own = sumOf(counts.filter((write) => write.tab === tab.name));
  if (value < own) return `shows ${value}, though ${own} were counted here`;
  const isOnItsWay = (write: AppWrite): boolean =>
    deviceOf(write.tab) === deviceOf(tab.name) && !ledger.decided.has(idOf(write.track.op));
  const limit = ((ledger.values(GROWING_MAP).get(key) ?? 0) as number) + sumOf(counts.filter(isOnItsWay));
  return value > limit ? `shows ${value}, though there are no more than ${limit}` : null;
}

const sumOf = (writes: readonly AppWrite[]): number =>
  writes.reduce((sum, { track }) => sum + (track.op as CountOp).delta, 0);

const deviceOf = (tab: string): string => tab.split('.')[0] ?? tab;
