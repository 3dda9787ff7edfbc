export type { FacetCount, FacetCounts } from './count-facets.js';
export { compileFits } from './record-fits.js';
export { readWireSearch, wireSearch } from './text-search.js';
export { parseSearch } from './parse-search.js';
export { compareHits, runSearch, type ValueOf } from './run-search.js';
export { parseSuggest, runSuggest, type SuggestInput, type SuggestQuery, type Suggestion } from './run-suggest.js';
export { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
export {
  parseSearchDefinition,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchFieldInput,
  type Stemmer,
  type Tokenizer,
} from './search-definition.js';
export { describeSearchError, type SearchError } from './search-error.js';
export { SearchIndex } from './search-index.js';
export { SEARCH_LIMITS } from './search-limits.js';
export type { SearchInput, SearchPlace, SearchQuery } from './search-query.js';
export type { TextRange, WordSplitter } from '../query/index.js';
