import { COMPLETIONS, PLACES, SEARCHES, WORDS } from '../searches/plain-search.js';
import { fault, inSomeTab, type ActionTable } from './action.js';
import { drawPlace } from './record-writes.js';

/** SE-21, SE-42: live searches, of what is here and of the server, while words are written. */
export const LIVE_SEARCHES = {
  writeWords: {
    weight: 8,
    run: inSomeTab((world, tab) => {
      const { random } = world;
      const { map, key } = drawPlace(world);
      const words = Array.from({ length: 1 + random.integer(3) }, () => random.pick(WORDS));
      const place = random.integer(3) === 0 ? { at: [...random.pick(PLACES)] } : {};
      const handle = tab.edit(map, key, {
        type: 'update',
        fields: { tag: world.nextTag(), text: words.join(' '), ...place },
      });
      world.say(`${tab.name} writes ${words.join(' ')} to ${map}/${key}${handle === null ? ' (not now)' : ''}`);
      if (handle === null) return false;
      world.step('write', `words of ${map}/${key}`);
      world.history.note(tab.name, handle);
      return true;
    }),
  },
  openSearch: {
    weight: 5,
    run: inSomeTab((world, tab) => {
      const isSearch = world.random.integer(3) > 0;
      const search = world.random.pick(isSearch ? SEARCHES : COMPLETIONS);
      if (isSearch) tab.live.search(search);
      else tab.live.complete(search);
      const what = `${isSearch ? 'searches' : 'completes'} ${search.text} in ${search.map}`;
      world.step('view', `${tab.name} ${what}`);
      world.say(`${tab.name} ${what} ${JSON.stringify(search.options)}`);
      return true;
    }),
  },
  closeSearch: {
    weight: 3,
    run: inSomeTab((world, tab) => {
      const keys = [...tab.live.searches.keys(), ...tab.live.completions.keys()];
      if (keys.length === 0) return false;
      const key = world.random.pick(keys);
      tab.live.close(key);
      world.say(`${tab.name} searches no more for ${key}`);
      return true;
    }),
  },
  killSearchWorker: {
    weight: 1,
    group: 'tabs',
    run: inSomeTab((world, tab) => {
      if (!tab.live.worker.kill()) return false;
      return fault(world, 'search-worker-died', `the search worker of ${tab.name} dies`);
    }),
  },
} as const satisfies ActionTable;
