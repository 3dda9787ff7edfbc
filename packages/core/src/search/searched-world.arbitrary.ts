import type { Value } from '../primitives/index.js';
import { parseSearch } from './parse-search.js';
import { runSearch, type ValueOf } from './run-search.js';
import { parseSuggest, runSuggest, type SuggestInput, type Suggestion } from './run-suggest.js';
import type { SearchAnswer } from './search-answer.js';
import { parseSearchDefinition, type SearchDefinition, type SearchDefinitionInput } from './search-definition.js';
import { describeSearchError } from './search-error.js';
import { SearchIndex } from './search-index.js';
import type { SearchInput, SearchQuery } from './search-query.js';

/** A definition that is one. */
export function definedAs(input: SearchDefinitionInput): SearchDefinition {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(describeSearchError(parsed.error));
  return parsed.value;
}

/** A search in checked form, of one that is in order. */
export function searchFor(definition: SearchDefinition, text: string, input: SearchInput = {}): SearchQuery {
  const parsed = parseSearch(definition, text, input);
  if (!parsed.ok) throw new Error(describeSearchError(parsed.error));
  return parsed.value;
}

/** Records with an index of them, asked as an app asks. */
export class SearchedWorld {
  readonly records = new Map<string, Value>();
  readonly index: SearchIndex;

  constructor(definition: SearchDefinition, records: Readonly<Record<string, Value>> = {}) {
    this.index = new SearchIndex(definition);
    for (const [key, value] of Object.entries(records)) this.put(key, value);
  }

  readonly valueOf: ValueOf = (key) => this.records.get(key);

  /** `undefined`: it goes. */
  put(key: string, value: Value | undefined): void {
    if (value === undefined) this.records.delete(key);
    else this.records.set(key, value);
    this.index.put(key, value);
  }

  query(text: string, input: SearchInput = {}): SearchQuery {
    return searchFor(this.index.definition, text, input);
  }

  ask(text: string, input: SearchInput = {}, valueOf = this.valueOf): SearchAnswer {
    return runSearch(this.index, this.query(text, input), valueOf);
  }

  keys(text: string, input: SearchInput = {}): readonly string[] {
    return this.ask(text, input).hits.map(({ key }) => key);
  }

  scores(text: string, input: SearchInput = {}): Readonly<Record<string, number>> {
    return Object.fromEntries(this.ask(text, input).hits.map(({ key, score }) => [key, score]));
  }

  complete(text: string, input: SuggestInput = {}, valueOf = this.valueOf): readonly Suggestion[] {
    const parsed = parseSuggest(this.index.definition, text, input);
    if (!parsed.ok) throw new Error(describeSearchError(parsed.error));
    return runSuggest(this.index, parsed.value, valueOf);
  }
}

/** All lists of so many of these, in every order and with repetitions. */
export function* everyList<T>(of: readonly T[], length: number): Generator<readonly T[]> {
  if (length === 0) return void (yield []);
  for (const rest of everyList(of, length - 1)) for (const one of of) yield [one, ...rest];
}

/** All choices of any of these. */
export function* everyChoice<T>(of: readonly T[]): Generator<readonly T[]> {
  for (let bits = 0; bits < 2 ** of.length; bits++) yield of.filter((_, i) => (bits & (2 ** i)) !== 0);
}

/** How many steps were taken before the end, and what came of them. */
export function stepsOf<T>(steps: Generator<void, T>, between: (taken: number) => void = () => {}): [number, T] {
  for (let taken = 0; ; taken++) {
    const step = steps.next();
    if (step.done === true) return [taken, step.value];
    between(taken);
  }
}
