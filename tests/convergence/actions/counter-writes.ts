import { BALANCE_MAP, GROWING_MAP } from '../maps.js';
import { must } from '../violation.js';
import { inSomeTab, type ActionTable } from './action.js';

/** CR-7: counts, up and down. */
export const COUNTER_WRITES = {
  count: {
    weight: 9,
    run: inSomeTab((world, tab) => {
      const { random, profile } = world;
      const map = random.pick([GROWING_MAP, BALANCE_MAP]);
      const delta = 1 + random.integer(9);
      const signed = map === BALANCE_MAP && random.integer(2) === 0 ? -delta : delta;
      const key = random.pick(profile.keys);
      const counter = tab.client.getPNCounter(`${map}:${key}`);
      const before = counter.value;
      const handle = tab.write(() => counter.add(signed));
      world.say(`${tab.name} counts ${signed} on ${map}/${key}${handle === null ? ' (not now)' : ''}`);
      if (handle === null) return false;
      world.step('write', `count ${signed} on ${map}/${key}`);
      world.history.note(tab.name, handle);
      // A total may know an id as counted that storage has forgotten, and had issued once more.
      const isKnown = world.profile.faults.storage === 0;
      must(!isKnown || counter.value === before + signed, 'visible-at-once', () => {
        return `${tab.name} counts ${signed} on ${map}/${key}, which goes from ${before} to ${counter.value}`;
      });
      return true;
    }),
  },
} as const satisfies ActionTable;
