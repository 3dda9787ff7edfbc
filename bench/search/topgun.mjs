// TopGun's index over the records of a map.

import { parseSearch, parseSearchDefinition, runSearch, SearchIndex } from '@topgun/core/search';

const { value: definition } = parseSearchDefinition({ fields: ['text'] });

export function create(saved) {
  const records = new Map();
  const index = saved === undefined ? new SearchIndex(definition) : SearchIndex.load(definition, saved.index);
  if (saved !== undefined) for (const [key, text] of saved.records) records.set(key, { text });
  const put = (key, text) => {
    const record = { text };
    records.set(key, record);
    index.put(key, record);
    // As whoever drives an index does, between turns.
    if (index.isLittered) void index.vacuum();
  };
  const answer = (text) => runSearch(index, parseSearch(definition, text).value, (key) => records.get(key));
  return {
    add: put,
    change: put,
    found: (text) => answer(text).total,
    query: (text) => answer(text).hits.map(({ key }) => key),
    save: () => ({ index: index.save(), records: Array.from(records, ([key, { text }]) => [key, text]) }),
  };
}
