import type { AppTab } from '../app-tab.js';
import type { Device } from '../device.js';
import { must } from '../violation.js';
import type { World } from '../world.js';
import { seenOf, sightOf, type Sight } from './seen-values.js';
import { accountOf } from './users.js';

/** Since when nobody has been connected from a device as who its user is no more. */
export class LevelDevices {
  readonly #staleAt = new WeakMap<Device, number>();

  /** What was taken away so long ago must have left every settled view. */
  check(world: World, longAgoMs: number): void {
    const now = world.time.clock.now();
    for (const device of world.devices) {
      const sight = sightOf(world, device);
      if (sight === null || now - this.#levelSince(device, now) < longAgoMs || now - world.rulesSince < longAgoMs)
        continue;
      for (const tab of device.tabs) if (!tab.isFrozen && tab.thawedAt < now) checkTab(world, tab, sight, longAgoMs);
    }
  }

  #levelSince(device: Device, now: number): number {
    const { account } = device;
    const isStale = device.place.identities
      .map(accountOf)
      .some(({ user, role }) => user !== account?.user || role !== account.role);
    if (isStale) this.#staleAt.set(device, now);
    return this.#staleAt.get(device) ?? Number.NEGATIVE_INFINITY;
  }
}

function checkTab(world: World, tab: AppTab, sight: Sight, longAgoMs: number): void {
  const now = world.time.clock.now();
  for (const { map, read } of tab.views.values()) {
    const { data, settled } = read();
    if (!settled) continue;
    for (const { _key: key, ...shown } of data) {
      const value = world.ledger.valueAt(map, key, world.ledger.position);
      // What is removed is for `removed-long-ago`.
      if (value === undefined || now - world.ledger.takenAt(map, key) < longAgoMs) continue;
      if (tab.client.syncState(map, key) !== 'synced') continue;
      const left = seenOf(sight, map, value);
      const taken =
        left === undefined
          ? 'the record'
          : Object.keys(shown).find((name) => sight.book.hidden(sight.who, map).includes(name));
      must(taken === undefined, 'taken-away', () => {
        return `${tab.name} of ${sight.who.user} shows ${taken} of ${map}/${key} in a settled view: ${JSON.stringify(shown)}`;
      });
    }
  }
}
