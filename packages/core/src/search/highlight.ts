import type { TextRange } from '../query/index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { TextTerms } from './text-terms.js';

/** Where the words that were found stand in a text, in order, as `String.slice` counts; in as much of it as is indexed. */
export function highlight(text: string, found: ReadonlySet<string>, words: TextTerms): readonly TextRange[] {
  const ranges: TextRange[] = [];
  for (const { start, end, term } of words.of(text.slice(0, SEARCH_LIMITS.textLength))) {
    if (!found.has(term)) continue;
    ranges.push({ start, end });
    if (ranges.length === SEARCH_LIMITS.ranges) break;
  }
  return ranges;
}
