// TopGun's index over the records of a map.

import { parseSearch, parseSearchDefinition, runSearch, SearchIndex } from '@topgun/core/search';

const { value: definition } = parseSearchDefinition({ fields: ['text'] });

const STEPS_PER_TURN = 64;

function loaded(parts) {
  const loading = SearchIndex.loading(definition);
  for (const part of parts) loading.take(part);
  return loading.finish();
}

export function create(saved) {
  const records = new Map();
  const index = saved === undefined ? new SearchIndex(definition) : loaded(saved.parts);
  if (saved !== undefined) for (const [key, text] of saved.records) records.set(key, { text });
  let clearing = null;
  /** As whoever drives an index does, in turns. */
  const clear = () => {
    if (clearing !== null || !index.isLittered) return;
    clearing = index.vacuumSteps();
    const turn = () => {
      for (let i = 0; i < STEPS_PER_TURN && clearing !== null; i += 1) if (clearing.next().done) clearing = null;
      if (clearing !== null) setTimeout(turn);
    };
    setTimeout(turn);
  };
  const put = (key, text) => {
    const record = { text };
    records.set(key, record);
    index.put(key, record);
    clear();
  };
  const answer = (text) => runSearch(index, parseSearch(definition, text).value, (key) => records.get(key));
  return {
    add: put,
    change: put,
    found: (text) => answer(text).total,
    query: (text) => answer(text).hits.map(({ key }) => key),
    save: () => ({ parts: [...index.saveParts()], records: Array.from(records, ([key, { text }]) => [key, text]) }),
  };
}
