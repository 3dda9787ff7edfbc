import { fault, inSomeTab, midway, type Action, type ActionTable } from './action.js';
import { writeRecord } from './record-writes.js';

const group = 'tabs';

const crash: Action['run'] = (world) => {
  const tabs = world.openTabs();
  if (tabs.length === 0) return false;
  const { tab, device } = world.random.pick(tabs);
  fault(world, 'tab-crash', `${tab.name} crashes`);
  device.crashTab(tab);
  return true;
};

export const TAB_FAULTS = {
  crashTab: { weight: 2, group, run: crash },
  /** In the middle of a write, or of whatever came to it or to another tab. */
  killTab: {
    weight: 2,
    group,
    run: inSomeTab(async (world, tab, device) => {
      const isWriting = world.random.integer(2) === 0;
      await midway(world, () => (isWriting ? writeRecord(world, tab) : world.time.startNext()));
      fault(world, 'tab-kill', `${tab.name} is killed`);
      device.crashTab(tab);
      return true;
    }),
  },
  freezeTab: {
    weight: 1,
    group,
    run: inSomeTab((world, tab) => {
      fault(world, 'tab-freeze', `${tab.name} freezes`);
      tab.freeze();
      return true;
    }),
  },
  thawTab: {
    weight: 3,
    run(world) {
      const frozen = world.openTabs().filter(({ tab }) => tab.isFrozen);
      if (frozen.length === 0) return false;
      const { tab, device } = world.random.pick(frozen);
      world.say(`${tab.name} thaws`);
      device.thawTab(tab);
      return true;
    },
  },
} as const satisfies ActionTable;
