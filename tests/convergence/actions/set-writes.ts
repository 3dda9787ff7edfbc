import type { Value } from '../../../packages/core/src/primitives/index.js';
import { SET_MAP } from '../maps.js';
import { must } from '../violation.js';
import { inSomeTab, type ActionTable } from './action.js';

/** Few, so that tabs meet; the texts of some begin alike. */
const VALUES: readonly Value[] = ['x', 'x y', 1, { b: 1, a: [2] }];

/** CR-6: one value is put into a set, or taken out. */
export const SET_WRITES = {
  writeSet: {
    weight: 9,
    run: inSomeTab((world, tab) => {
      const { random, profile } = world;
      const [key, value] = [random.pick(profile.keys), random.pick(VALUES)];
      const adds = random.integer(5) < 3;
      const handle = tab.write((client) => {
        const tags = client.getORMap(SET_MAP);
        return adds ? tags.add(key, value) : tags.remove(key, value);
      });
      const what = `${adds ? 'adds' : 'discards'} ${JSON.stringify(value)} ${adds ? 'to' : 'from'} ${SET_MAP}/${key}`;
      world.say(`${tab.name} ${what}${handle === null ? ' (not now)' : ''}`);
      if (handle === null) return false;
      world.step('write', what);
      world.history.note(tab.name, handle);
      const isThere = tab.client.getORMap(SET_MAP).has(key, value);
      must(isThere === adds, 'visible-at-once', () => `${tab.name} ${what}, and it is ${isThere ? '' : 'not '}there`);
      return true;
    }),
  },
} as const satisfies ActionTable;
