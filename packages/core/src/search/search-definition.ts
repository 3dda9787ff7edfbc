import { canonicalJson, err, fnv1a64, isPlainObject, ok, type Result } from '../primitives/index.js';
import { KEY_FIELD, splitWords, type Path, type WordSplitter } from '../query/index.js';
import { hasField, type MapSchema } from '../schema/index.js';
import { wrongType, type SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';

/** A field whose words are searched: its dotted path, and how much more than others it counts. */
export type SearchFieldInput = string | { readonly path: string; readonly boost?: number | undefined };

/** Where a record has its embedding: a list of numbers, or the bytes of a `Float32Array`, as the app has made it of whatever it takes for the record's meaning. */
export interface SearchVectorsInput {
  /** Its dotted path. */
  readonly field: string;
  /** How many numbers it has. A record that has another number of them, or none, is found by its words alone. */
  readonly dimensions: number;
}

/** What of a map's records is searched, and how words are made of it. One definition for the client and the server. */
export interface SearchDefinitionInput {
  /** The text is that of strings, of numbers, and of strings and numbers in lists. A record without a field is searched by its others. */
  readonly fields: readonly SearchFieldInput[];
  /** Words that are not searched: too frequent to tell records apart. None by default. */
  readonly stopWords?: readonly string[] | undefined;
  /** Makes one term of the forms of a word, `walks` and `walked`. Its name is part of the index: another stemmer, another name. */
  readonly stemmer?: Stemmer | undefined;
  /** Where a text's words are; by default between spaces and punctuation, and as the dictionary says for scripts without spaces. */
  readonly tokenizer?: Tokenizer | undefined;
  /** By what records are found that mean the same in other words: with the option `vector` of a search. */
  readonly vectors?: SearchVectorsInput | undefined;
}

export interface Stemmer {
  readonly name: string;
  /** Of a word in lower case, without accents. A pure function. */
  readonly stem: (word: string) => string;
}

export interface Tokenizer {
  readonly name: string;
  /** A pure function. */
  readonly split: WordSplitter;
}

export interface SearchField {
  /** The dotted path: what options, highlights and answers call it. */
  readonly name: string;
  readonly path: Path;
  readonly boost: number;
}

export interface SearchVectors {
  /** The dotted path. */
  readonly field: string;
  readonly path: Path;
  readonly dimensions: number;
}

export interface SearchDefinition {
  readonly fields: readonly SearchField[];
  readonly stopWords: readonly string[];
  readonly stemmer: Stemmer | null;
  readonly splitWords: WordSplitter;
  readonly vectors: SearchVectors | null;
  /** Functions of the app make its words: they cannot be sent to a worker. */
  readonly hasFunctions: boolean;
  /** Two definitions that index alike have the same. Boosts are no part of it: they count when it is searched. */
  readonly fingerprint: string;
}

/** What indexes hold; grows when the same text would be indexed otherwise. */
const VERSION = 2;
const OPTIONS = new Set(['fields', 'stopWords', 'stemmer', 'tokenizer', 'vectors']);

/** Reads a definition as an app writes it. `schema`: what the map holds, where that is said. */
export function parseSearchDefinition(input: unknown, schema?: MapSchema): Result<SearchDefinition, SearchError> {
  if (!isPlainObject(input)) return wrongType('the definition', 'an object');
  const member: Readonly<Record<string, unknown>> = input;
  for (const option of Object.keys(member)) if (!OPTIONS.has(option)) return err({ code: 'unknown-option', option });
  const fields = parseFields(member['fields']);
  if (!fields.ok) return fields;
  const stranger = schema && fields.value.find(({ path }) => path[0] !== KEY_FIELD && !hasField(schema, path));
  if (stranger !== undefined) return err({ code: 'not-in-schema', option: 'fields', field: stranger.name });
  const { stopWords = [], stemmer = null, tokenizer = null } = member;
  if (!isWords(stopWords)) return wrongType('stopWords', 'a list of words');
  if (stopWords.length > SEARCH_LIMITS.stopWords) return tooMany('stopWords', SEARCH_LIMITS.stopWords);
  if (stemmer !== null && !isNamed<Stemmer>(stemmer, 'stem')) {
    return wrongType('stemmer', 'an object with a name and a function "stem"');
  }
  if (tokenizer !== null && !isNamed<Tokenizer>(tokenizer, 'split')) {
    return wrongType('tokenizer', 'an object with a name and a function "split"');
  }
  const vectors = parseVectors(member['vectors'], schema);
  if (!vectors.ok) return vectors;
  const paths = fields.value.map(({ name }) => name);
  // Absent where there are none: what was stored without them is still of this definition.
  const near = vectors.value === null ? [] : [[vectors.value.field, vectors.value.dimensions]];
  const told = [VERSION, paths, stopWords.toSorted(), stemmer?.name ?? null, tokenizer?.name ?? null, ...near];
  return ok({
    fields: fields.value,
    stopWords,
    stemmer,
    splitWords: tokenizer?.split ?? splitWords,
    vectors: vectors.value,
    hasFunctions: stemmer !== null || tokenizer !== null,
    fingerprint: fnv1a64(canonicalJson(told)),
  });
}

function parseFields(input: unknown): Result<readonly SearchField[], SearchError> {
  if (!Array.isArray(input) || input.length === 0) return wrongType('fields', 'a list of one or more fields');
  if (input.length > SEARCH_LIMITS.fields) return tooMany('fields', SEARCH_LIMITS.fields);
  const fields: SearchField[] = [];
  for (const item of input as readonly unknown[]) {
    const member = typeof item === 'string' ? { path: item } : isPlainObject(item) ? item : {};
    const { path, boost = 1, ...more } = member as { readonly path?: unknown; readonly boost?: unknown };
    if (typeof path !== 'string') return wrongType('fields', 'a list of paths, or of objects with a path');
    const [stranger] = Object.keys(more);
    if (stranger !== undefined) return err({ code: 'unknown-option', option: `fields.${stranger}` });
    if (!isBoost(boost)) return wrongType('boost', `a number above 0 and up to ${SEARCH_LIMITS.boost}`);
    if (fields.some(({ name }) => name === path)) return err({ code: 'named-twice', option: 'fields', field: path });
    fields.push({ name: path, path: path.split('.'), boost });
  }
  return ok(fields);
}

function parseVectors(input: unknown, schema: MapSchema | undefined): Result<SearchVectors | null, SearchError> {
  if (input === undefined) return ok(null);
  if (!isPlainObject(input)) return wrongType('vectors', 'an object with a field and dimensions');
  const { field, dimensions, ...more } = input as { readonly field?: unknown; readonly dimensions?: unknown };
  const [stranger] = Object.keys(more);
  if (stranger !== undefined) return err({ code: 'unknown-option', option: `vectors.${stranger}` });
  if (typeof field !== 'string') return wrongType('vectors.field', 'a path');
  const { dimensions: max } = SEARCH_LIMITS;
  if (!Number.isInteger(dimensions) || (dimensions as number) < 1 || (dimensions as number) > max) {
    return wrongType('vectors.dimensions', `a whole number from 1 to ${max}`);
  }
  const path = field.split('.');
  if (schema !== undefined && !hasField(schema, path)) return err({ code: 'not-in-schema', option: 'vectors', field });
  return ok({ field, path, dimensions: dimensions as number });
}

export function isBoost(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= SEARCH_LIMITS.boost;
}

/** A list may have places with nothing in them, which `every` passes over. */
function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && Array.from(value).every((word) => typeof word === 'string');
}

function isNamed<T extends { readonly name: string }>(value: unknown, fn: string): value is T {
  if (typeof value !== 'object' || value === null) return false;
  const named = value as Readonly<Record<string, unknown>>;
  return typeof named['name'] === 'string' && typeof named[fn] === 'function';
}

function tooMany(option: string, max: number): Result<never, SearchError> {
  return err({ code: 'too-many', option, max });
}
