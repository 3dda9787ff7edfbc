export type { FacetCount, FacetCounts } from './count-facets.js';
export { compileFits } from './record-fits.js';
export { factSteps, type CountedAll, type SearchFacts } from './search-facts.js';
export { FacetCounter } from './count-facets.js';
export { readWireSearch, wireDefinition, wireSearch } from './text-search.js';
export { parseFacets, parseSearch } from './parse-search.js';
export { compareHits } from './best-places.js';
export type { RecordReader } from './found-terms.js';
export type { HostReport, HostRequest, RankedNumbers, SentRecord } from './host/host-message.js';
export { definitionSent, IndexHost } from './host/index-host.js';
export { countPartSteps, joinCounts, type CountedPart } from './joint/counted-part.js';
export { joinShares, type IndexShare } from './index-share.js';
export { joinParts, rankPartSteps, type JoinedParts, type RankedPart } from './joint/ranked-part.js';
export type { Ranked, Ranking } from './ranked.js';
export { findInSteps, rankingSteps, runSearch, searchSteps, type FoundKeys, type ValueOf } from './run-search.js';
export { compileIsLong, compileTexts, type SearchedTexts } from './searched-texts.js';
export { TextTerms } from './text-terms.js';
export type { ApproximateIndex, CreateApproximateIndex } from './vectors/approximate-index.js';
export { approximateBy, type Approximate } from './vectors/approximation.js';
export { compileSimilarity } from './vectors/record-near.js';
export { compileVector, type VectorOf } from './vectors/read-vector.js';
export {
  completionOf,
  parseSuggest,
  runSuggest,
  suggestSteps,
  type SuggestInput,
  type SuggestQuery,
  type Suggestion,
} from './run-suggest.js';
export { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
export {
  parseSearchDefinition,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchFieldInput,
  type SearchVectorsInput,
  type Stemmer,
  type Tokenizer,
} from './search-definition.js';
export { describeSearchError, type SearchError } from './search-error.js';
export { SearchIndex } from './search-index.js';
export { SEARCH_LIMITS, WORDS_PER_RECORD, WORDS_PER_STEP } from './search-limits.js';
export type { Lookup, SearchInput, SearchPlace, SearchQuery, ShownBefore } from './search-query.js';
export type { TextRange, WordSplitter } from '../query/index.js';
