import { assertNever } from '../primitives/index.js';
import { describeQueryError, type QueryError } from '../query/index.js';

/** Why a search, or the definition of an index, was refused. `option` names the part that is wrong. */
export type SearchError =
  | { readonly code: 'wrong-type'; readonly option: string; readonly expected: string }
  | { readonly code: 'unknown-option'; readonly option: string }
  /** A field that the index does not have. */
  | {
      readonly code: 'unknown-field';
      readonly option: string;
      readonly field: string;
      readonly fields: readonly string[];
    }
  /** A field that the map's schema does not have: nothing would ever be found there. */
  | { readonly code: 'not-in-schema'; readonly option: string; readonly field: string }
  | { readonly code: 'named-twice'; readonly option: string; readonly field: string }
  | { readonly code: 'too-many'; readonly option: string; readonly max: number }
  /** What is searched for is longer than `max` characters, or has more than `max` different words. */
  | { readonly code: 'text-too-long'; readonly max: number }
  | { readonly code: 'too-many-words'; readonly max: number }
  /** `vector` is searched for, and the definition of the map has no `vectors`. */
  | { readonly code: 'no-vectors' }
  /** The vector has another number of numbers than the definition says. */
  | { readonly code: 'wrong-dimensions'; readonly dimensions: number; readonly given: number }
  /** A number in it is `NaN` or infinite, or is it as one of 32 bits. */
  | { readonly code: 'not-finite'; readonly option: string }
  /** All its numbers are 0: it is near to nothing. */
  | { readonly code: 'no-direction'; readonly option: string }
  /** A cursor of another search, or none at all. */
  | { readonly code: 'cursor-invalid' }
  /** `where` is no query. */
  | { readonly code: 'bad-where'; readonly error: QueryError };

/** The error as one sentence for a developer. */
export function describeSearchError(error: SearchError): string {
  switch (error.code) {
    case 'wrong-type':
      return `${error.option} must be ${error.expected}.`;
    case 'unknown-option':
      return `there is no option ${JSON.stringify(error.option)}.`;
    case 'unknown-field':
      return `${error.option} names ${JSON.stringify(error.field)}, which is not searched: the index has ${error.fields.join(', ')}.`;
    case 'not-in-schema':
      return `${error.option} names ${JSON.stringify(error.field)}, which the map's schema does not have.`;
    case 'named-twice':
      return `${error.option} names ${JSON.stringify(error.field)} twice.`;
    case 'too-many':
      return `${error.option} has more than ${error.max} entries.`;
    case 'text-too-long':
      return `the text is longer than ${error.max} characters.`;
    case 'too-many-words':
      return `the text has more than ${error.max} different words.`;
    case 'no-vectors':
      return 'vector is given, and the definition of the map has no vectors.';
    case 'wrong-dimensions':
      return `vector has ${error.given} numbers, and those of the records have ${error.dimensions}.`;
    case 'not-finite':
      return `${error.option} has a number that is not finite.`;
    case 'no-direction':
      return `${error.option} has no direction: all its numbers are 0.`;
    case 'cursor-invalid':
      return 'cursor is no cursor of this search.';
    case 'bad-where':
      return describeQueryError(error.error);
    default:
      return assertNever(error);
  }
}

export const wrongType = (option: string, expected: string) =>
  ({ ok: false, error: { code: 'wrong-type', option, expected } }) as const;
