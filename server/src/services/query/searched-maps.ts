import type { SearchedMaps } from '../search/searches.js';
import type { RecordSource } from './record-source.js';
import { shownValue } from './shown-value.js';

/** The committed records as search indexes read them. */
export const searchedMaps = (source: RecordSource): SearchedMaps => ({
  keys: (map) => source.keys?.(map) ?? Array.from(source.records(map), ([key]) => key),
  reader(map) {
    const read = source.read(map);
    return (key) => {
      const record = read(key);
      return record && shownValue(record);
    };
  },
});
