// TopGun's index over the records of a map, asked by a vector alone.

import { takeAll } from '@topgun/core/query';
import { approximateBy, parseSearch, parseSearchDefinition, runSearch, SearchIndex } from '@topgun/core/search';

/** `approximate`: makes an approximate index for many. */
export function create(dimensions, approximate) {
  const { value: definition } = parseSearchDefinition({ fields: ['text'], vectors: { field: 'at', dimensions } });
  const records = new Map();
  const index = new SearchIndex(definition, approximate && approximateBy(approximate));
  const stepsOf = (steps, took) => {
    const each = [];
    for (let isOver = false; !isOver;) each.push(took(() => void (isOver = steps.next().done)));
    return each;
  };
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
      const query = queryOf(vector, 10);
      return stepsOf(index.nearest(query, query.nearest), took);
    },
    /** What each step took until the approximate index has all. */
    approximateSteps: (took) => stepsOf(index.approximateSteps(), took),
    /** Whether what is near is said without a look at each. */
    isApproximate(vector) {
      const query = queryOf(vector, 10);
      return takeAll(index.nearest(query, query.nearest)).further !== undefined;
    },
  };
}
