import { canonicalRecord, isVisible } from '../../../packages/core/src/crdt/index.js';
import { MAPS } from '../maps.js';
import { seenRecords, withoutForgotten } from '../oracles.js';
import { must } from '../violation.js';
import type { World } from '../world.js';
import { RULE_BOOKS } from './rule-books.js';
import { ROLES } from './users.js';

/** Nobody looks at anything any more, some users claim something else, the server has other rules, and everybody connects once more. */
export async function changeAccess(world: World): Promise<void> {
  world.say('nobody looks at anything, and rights change');
  for (const { tab } of world.openTabs()) {
    for (const key of [...tab.views.keys(), ...tab.derivedViews.keys()]) tab.closeView(key);
  }
  // SY-6: subscriptions linger.
  await world.time.advance(60_000);
  for (const device of world.devices) {
    const { account } = device;
    if (account !== null) device.account = { ...account, role: world.random.pick(ROLES) };
  }
  world.book = world.random.pick(RULE_BOOKS);
  world.crashServer();
  await world.startServer();
  // One of them speaks for its siblings too.
  for (const { tabs } of world.devices) [...tabs][0]?.client.forceReconnect();
}

/** RU-6: a device has stored nothing but what its user may see, though no subscription asks for it, and that as the server has it. */
export async function checkStoredUnseen(world: World): Promise<void> {
  // Without locks what is stored is no more than a cache that several connections write (CL-4).
  for (const device of world.profile.hasLocks ? world.devices : []) {
    const opened = await device.database.adapter.open('topgun:http://grid.test:anonymous');
    if (!opened.ok) throw new Error('the local database cannot be opened');
    for (const map of MAPS) {
      const loaded = await opened.value.loadMap(map);
      const seen = new Map(seenRecords(world, device, map));
      for (const [key, record] of loaded.ok ? loaded.value : []) {
        if (!isVisible(record) && record.fields.size === 0) continue;
        const expected = seen.get(key);
        const text = canonicalRecord(withoutForgotten(world, map, key, record));
        must(expected !== undefined && canonicalRecord(expected) === text, 'stored-unseen', () => {
          return `${device.name} has stored of ${map}/${key}\n  ${text}\n  instead of\n  ${expected === undefined ? 'nothing' : canonicalRecord(expected)}`;
        });
      }
    }
    await opened.value.close();
  }
}
