// MiniSearch as its documentation uses it, asked as TopGun asks by default.

import MiniSearch from 'minisearch';

const OPTIONS = { fields: ['text'], idField: 'key' };
const ASKED = { prefix: true, fuzzy: 0.2, combineWith: 'AND' };

export function create(saved) {
  const index = saved === undefined ? new MiniSearch(OPTIONS) : MiniSearch.loadJSON(saved, OPTIONS);
  return {
    add: (key, text) => index.add({ key, text }),
    change: (key, text) => index.replace({ key, text }),
    query: (text) =>
      index
        .search(text, ASKED)
        .slice(0, 20)
        .map(({ id }) => id),
    /** How many it finds in all. */
    found: (text) => index.search(text, ASKED).length,
    save: () => JSON.stringify(index),
  };
}
