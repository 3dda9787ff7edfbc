import type { AppTab } from '../app-tab.js';
import { judgeCounts } from '../count-judge.js';
import type { Device } from '../device.js';
import { DERIVED_QUERIES } from '../derived-queries.js';
import { GROWING_MAP, MAPS, RECORD_MAPS, SET_MAP, TALLY_MAP } from '../maps.js';
import { EVERYTHING, QUERIES, type PlainQuery } from '../queries.js';
import type { World } from '../world.js';
import { inSomeTab, type ActionTable } from './action.js';

/** What these apps show as often as anything else, so that a tab opens what was shown on its device before (CL-2). */
const FAVOURITES: readonly (readonly [map: string, query: PlainQuery])[] = [
  [RECORD_MAPS[0], EVERYTHING],
  [RECORD_MAPS[0], QUERIES[3] ?? EVERYTHING],
  [SET_MAP, EVERYTHING],
  [GROWING_MAP, EVERYTHING],
  [TALLY_MAP, EVERYTHING],
];

/** A tab as an app opens it: some queries are there from the first moment. */
export function openTab(world: World, device: Device): AppTab {
  const tab = device.openTab();
  world.say(`${tab.name} opens`);
  judgeCounts(world, tab);
  for (let left = world.random.integer(4); left > 0; left -= 1) {
    const [map, query] = drawView(world);
    tab.open(map, query);
  }
  return tab;
}

function drawView({ random }: World): readonly [map: string, query: PlainQuery] {
  return random.integer(2) === 0 ? random.pick(FAVOURITES) : [random.pick(MAPS), random.pick(QUERIES)];
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
      const [map, query] = drawView(world);
      tab.open(map, query);
      world.step('view', `${tab.name} opens ${map}`);
      world.say(`${tab.name} opens ${map} ${JSON.stringify(query.input)}`);
      return true;
    }),
  },
  openDerivedView: {
    weight: 3,
    run: inSomeTab((world, tab) => {
      const query = world.random.pick(DERIVED_QUERIES);
      tab.openDerived(query);
      world.step('view', `${tab.name} opens ${query.map}`);
      world.say(`${tab.name} opens ${query.map} ${JSON.stringify(query.input)}`);
      return true;
    }),
  },
  closeView: {
    weight: 4,
    run: inSomeTab((world, tab) => {
      const keys = [...tab.views.keys(), ...tab.derivedViews.keys()];
      if (keys.length === 0) return false;
      tab.closeView(world.random.pick(keys));
      world.say(`${tab.name} closes a view`);
      return true;
    }),
  },
} as const satisfies ActionTable;
