// TopGun's index over the records of a map, asked by a vector alone.

import { parseSearch, parseSearchDefinition, runSearch, SearchIndex } from '@topgun/core/search';

export function create(dimensions) {
  const { value: definition } = parseSearchDefinition({ fields: ['text'], vectors: { field: 'at', dimensions } });
  const records = new Map();
  const index = new SearchIndex(definition);
  const queryOf = (vector, limit) => parseSearch(definition, '', { vector, limit }).value;
  return {
    put(key, at) {
      const record = { at };
      records.set(key, record);
      index.put(key, record);
    },
    nearest: (vector, limit) =>
      runSearch(index, queryOf(vector, limit), (key) => records.get(key)).hits.map(({ key }) => key),
    /** What each step took until all are in order. */
    steps(vector, took) {
      const each = [];
      const steps = index.nearest(queryOf(vector, 10));
      for (let isOver = false; !isOver;) each.push(took(() => void (isOver = steps.next().done)));
      return each;
    },
  };
}
