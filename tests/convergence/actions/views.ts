import type { AppTab } from '../app-tab.js';
import { judgeCounts } from '../count-judge.js';
import type { Device } from '../device.js';
import { MAPS } from '../maps.js';
import { QUERIES } from '../queries.js';
import type { World } from '../world.js';
import { inSomeTab, type ActionTable } from './action.js';

/** A tab as an app opens it: some queries are there from the first moment. */
export function openTab(world: World, device: Device): AppTab {
  const tab = device.openTab();
  world.say(`${tab.name} opens`);
  judgeCounts(world, tab);
  for (let left = world.random.integer(4); left > 0; left -= 1) {
    tab.open(world.random.pick(MAPS), world.random.pick(QUERIES));
  }
  return tab;
}

export const VIEWS = {
  openTab: {
    weight: 5,
    run(world) {
      const device = world.random.pick(world.devices);
      if (device.tabs.size >= world.profile.maxTabs) return false;
      openTab(world, device);
      return true;
    },
  },
  closeTab: {
    weight: 2,
    run: inSomeTab((world, tab, device) => {
      world.say(`${tab.name} is closed`);
      world.await(device.closeTab(tab));
      return true;
    }),
  },
  openView: {
    weight: 7,
    run: inSomeTab((world, tab) => {
      const map = world.random.pick(MAPS);
      const query = world.random.pick(QUERIES);
      tab.open(map, query);
      world.step('view', `${tab.name} opens ${map}`);
      world.say(`${tab.name} opens ${map} ${JSON.stringify(query.input)}`);
      return true;
    }),
  },
  closeView: {
    weight: 4,
    run: inSomeTab((world, tab) => {
      const keys = [...tab.views.keys()];
      if (keys.length === 0) return false;
      tab.closeView(world.random.pick(keys));
      world.say(`${tab.name} closes a view`);
      return true;
    }),
  },
} as const satisfies ActionTable;
