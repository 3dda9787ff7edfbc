import type { TextRange } from '../query/index.js';
import { SEARCH_LIMITS, WORDS_PER_STEP } from './search-limits.js';
import type { TextTerms } from './text-terms.js';

/** Where the words that were found stand in a text, in order, as `String.slice` counts; in as much of it as is indexed. In steps: a text may be long. */
export function* highlightSteps(
  text: string,
  found: ReadonlySet<string>,
  words: TextTerms,
): Generator<void, readonly TextRange[]> {
  const ranges: TextRange[] = [];
  let read = 0;
  for (const { start, end, term } of words.of(text.slice(0, SEARCH_LIMITS.textLength))) {
    if (++read % WORDS_PER_STEP === 0) yield;
    if (!found.has(term)) continue;
    ranges.push({ start, end });
    if (ranges.length === SEARCH_LIMITS.ranges) break;
  }
  return ranges;
}
