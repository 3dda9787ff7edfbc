import { fault, inSomeTab, type ActionTable } from './action.js';

const group = 'network';

export const NETWORK_FAULTS = {
  cutNetwork: {
    weight: 2,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      if (device.place.isCut) return false;
      const ending = world.random.pick(['reset', 'half-open'] as const);
      fault(world, 'partition', `${device.name} loses its network (${ending})`);
      device.place.isCut = true;
      device.place.drop(ending);
      return true;
    },
  },
  restoreNetwork: {
    weight: 5,
    run(world) {
      const cut = world.devices.filter(({ place }) => place.isCut);
      if (cut.length === 0) return false;
      const device = world.random.pick(cut);
      world.say(`${device.name} has a network again`);
      device.place.isCut = false;
      if (world.random.integer(2) === 0) for (const tab of device.tabs) if (!tab.isFrozen) tab.goOnline();
      return true;
    },
  },
  dropConnection: {
    weight: 3,
    group,
    run(world) {
      const device = world.random.pick(world.devices);
      if (device.place.links === 0) return false;
      const ending = world.random.pick(['reset', 'reset', 'half-open'] as const);
      world.step('fault', ending);
      world.say(`${device.name} loses its connection (${ending})`);
      device.place.drop(ending);
      return true;
    },
  },
  pauseOrResume: {
    weight: 2,
    run: inSomeTab((world, tab) => {
      const pauses = world.random.integer(3) === 0;
      world.say(`${tab.name} says ${pauses ? 'disconnect' : 'connect'}`);
      if (pauses) tab.client.disconnect();
      else tab.client.connect();
      return true;
    }),
  },
  forceReconnect: {
    weight: 1,
    run: inSomeTab((world, tab) => {
      world.say(`${tab.name} says forceReconnect`);
      tab.client.forceReconnect();
      return true;
    }),
  },
} as const satisfies ActionTable;
