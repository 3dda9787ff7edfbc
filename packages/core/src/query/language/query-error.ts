import { assertNever } from '../../primitives/index.js';

/** Where in the query: member names and array indexes from the outside in, e.g. `['where', '$or', 1, 'age']`. */
export type QueryErrorPath = readonly (string | number)[];

/** Why a query was refused. `path` is the place in the query as it was handed in. */
export type QueryError =
  /** Something else stands where `expected` belongs. */
  | { readonly code: 'wrong-type'; readonly path: QueryErrorPath; readonly expected: string }
  /** A query, or a part of it, has a member of this name that means nothing. */
  | { readonly code: 'unknown-option'; readonly path: QueryErrorPath; readonly option: string }
  | { readonly code: 'unknown-operator'; readonly path: QueryErrorPath; readonly operator: string }
  /** An object holds operators and plain fields: neither a condition nor a literal. */
  | { readonly code: 'mixed-condition'; readonly path: QueryErrorPath }
  /** Neither JSON with finite numbers nor bytes: `undefined`, `NaN`, a `Date`, a cycle … `reason` names the place in it. */
  | { readonly code: 'not-a-value'; readonly path: QueryErrorPath; readonly reason: string }
  | { readonly code: 'too-deep'; readonly path: QueryErrorPath; readonly max: number }
  | { readonly code: 'too-many-nodes'; readonly path: QueryErrorPath; readonly max: number }
  | { readonly code: 'too-many-values'; readonly path: QueryErrorPath; readonly max: number }
  | { readonly code: 'too-long'; readonly path: QueryErrorPath; readonly max: number }
  /** A pattern of `$like` or `$regex` that is not in its language. `reason` completes a sentence about the pattern. */
  | { readonly code: 'bad-pattern'; readonly path: QueryErrorPath; readonly reason: string }
  /** An order by `_score` where no `$match` says what is scored. */
  | { readonly code: 'nothing-to-score'; readonly path: QueryErrorPath }
  /** Options of which a query has at most one. */
  | { readonly code: 'not-together'; readonly path: QueryErrorPath; readonly options: readonly string[] }
  /** What is shown under this name would hide something else of the row. */
  | { readonly code: 'name-taken'; readonly path: QueryErrorPath; readonly name: string }
  /** A cursor that was made too long ago. */
  | { readonly code: 'cursor-expired'; readonly path: QueryErrorPath }
  /** A cursor of another query, or none at all. */
  | { readonly code: 'cursor-invalid'; readonly path: QueryErrorPath };

/** The error as one sentence for a developer. */
export function describeQueryError(error: QueryError): string {
  const place = error.path.length === 0 ? 'the query' : formatPath(error.path);
  switch (error.code) {
    case 'wrong-type':
      return `${place} must be ${error.expected}.`;
    case 'unknown-option':
      return `${place} has no option ${JSON.stringify(error.option)}.`;
    case 'unknown-operator':
      return `${place} uses ${JSON.stringify(error.operator)}, which is not an operator.`;
    case 'mixed-condition':
      return `${place} mixes operators with fields; to compare with an object, use $eq.`;
    case 'not-a-value':
      return `${place} is not a value: ${error.reason}.`;
    case 'too-deep':
      return `${place} is nested deeper than ${error.max} levels.`;
    case 'too-many-nodes':
      return `${place} exceeds ${error.max} conditions in one query.`;
    case 'too-many-values':
      return `${place} lists more than ${error.max} values.`;
    case 'too-long':
      return `${place} is longer than ${error.max} characters.`;
    case 'bad-pattern':
      return `${place} ${error.reason}.`;
    case 'nothing-to-score':
      return `${place} names _score, and no $match says what is scored.`;
    case 'not-together':
      return `${place} has ${error.options.join(' and ')}, which do not go together.`;
    case 'name-taken':
      return `${place} would show two things under the name ${JSON.stringify(error.name)}.`;
    case 'cursor-expired':
      return `${place} is too old: begin with the first page again.`;
    case 'cursor-invalid':
      return `${place} is no cursor of this query.`;
    default:
      return assertNever(error);
  }
}

/** `['where', '$or', 1, 'owner.id']` as `where.$or[1]["owner.id"]`. */
function formatPath(path: QueryErrorPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w$-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
