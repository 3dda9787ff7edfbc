import type { Device } from '../device.js';
import type { Loss } from '../shared-database.js';
import type { World } from '../world.js';
import { fault, inSomeTab, type ActionTable } from './action.js';

const group = 'storage';

/** The device ends, and comes back with a database from which the last transactions are gone. */
function loseTransactions(world: World, device: Device, count: number, loss: Loss): void {
  device.losePower();
  // What was under way is abandoned; a database that is being opened again waits for that.
  const { database } = device;
  database.landing = database.landing.then(() => world.history.forget(database.loseLast(count, loss)));
}

export const STORAGE_FAULTS = {
  failCommits: {
    weight: 1,
    group,
    run: inSomeTab((world, tab) => {
      world.step('fault', 'commits-fail');
      world.say(`${tab.name}'s storage fails`);
      tab.disk.fail('commits-fail', 1 + world.random.integer(2));
      return true;
    }),
  },
  quota: {
    weight: 1,
    group,
    run: inSomeTab((world, _tab, device) => {
      fault(world, 'quota', `the disk of ${device.name} is full for a while`);
      for (const each of device.tabs) each.disk.fail('quota', 1 + world.random.integer(4));
      return true;
    }),
  },
  closedHandle: {
    weight: 1,
    group,
    run: inSomeTab((world, tab) => {
      fault(world, 'closed-handle', `the browser closes the database of ${tab.name}`);
      tab.disk.fail('closed-handle', 1 + world.random.integer(4));
      return true;
    }),
  },
  devicePowerFailure: {
    weight: 1,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      fault(world, 'power-failure-device', `${device.name} loses its power`);
      loseTransactions(world, device, world.random.integer(6), 'relaxed');
      return true;
    },
  },
  loseTransaction: {
    weight: 0.5,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      const count = 1 + world.random.integer(3);
      fault(world, 'lost-transaction', `${device.name} crashes and has lost its last ${count} transactions`);
      loseTransactions(world, device, count, 'any');
      return true;
    },
  },
  restoreProfile: {
    weight: 0.3,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      const count = 1 + world.random.integer(device.database.length + 1);
      fault(world, 'restored-profile', `${device.name} is put back to where it was ${count} transactions ago`);
      loseTransactions(world, device, count, 'any');
      return true;
    },
  },
  wipeOpenDatabase: {
    weight: 0.3,
    group,
    run: inSomeTab((world, _tab, device) => {
      fault(world, 'wiped-open-database', `the database of ${device.name} is deleted under its tabs`);
      // They bring what they hold into the next one, and which of them holds what is theirs to know.
      world.history.forget(device.database.wipe(), true);
      return true;
    }),
  },
  wipeDatabase: {
    weight: 0.3,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      fault(world, 'wiped-database', `the database of ${device.name} is deleted, and its tabs are loaded again`);
      device.losePower();
      const { database } = device;
      database.landing = database.landing.then(() => world.history.forget(database.wipe()));
      return true;
    },
  },
} as const satisfies ActionTable;
