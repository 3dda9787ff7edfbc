import { err, isPlainObject, ok, type Result } from '../../primitives/index.js';
import { parseDottedPath, parseEach, wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Aggregate, AggregateFunction, GroupBy, Path } from '../query.js';
import { checkGroupPath, nameTaken, readShownName } from './group-names.js';
import { parsePaths } from './parse-paths.js';

/** The options that make groups of rows. */
export interface GroupOptions {
  readonly groupBy?: unknown;
  readonly aggregate?: unknown;
  readonly distinct?: unknown;
}

/** Reads what a query says about groups; `undefined` when it says nothing. `distinct` is groups of which nothing else is shown. */
export function parseGroups({ groupBy, aggregate, distinct }: GroupOptions): Result<GroupBy | undefined, QueryError> {
  if (distinct !== undefined) {
    if (groupBy !== undefined) return err({ code: 'not-together', path: [], options: ['distinct', 'groupBy'] });
    if (aggregate !== undefined) return err({ code: 'not-together', path: [], options: ['distinct', 'aggregate'] });
    const by = parseGroupPaths(distinct, ['distinct']);
    return by.ok ? ok({ by: by.value, aggregates: [] }) : by;
  }
  if (groupBy === undefined && aggregate === undefined) return ok(undefined);
  const by = groupBy === undefined ? ok([]) : parseGroupPaths(groupBy, ['groupBy']);
  if (!by.ok) return by;
  const aggregates = aggregate === undefined ? ok([]) : parseAggregates(aggregate, by.value, ['aggregate']);
  return aggregates.ok ? ok({ by: by.value, aggregates: aggregates.value }) : aggregates;
}

function parseGroupPaths(input: unknown, at: QueryErrorPath): Result<Path[], QueryError> {
  const paths = parsePaths(input, at, QUERY_LIMITS.groupPaths);
  if (!paths.ok) return paths;
  for (const [i, path] of paths.value.entries()) {
    const checked = checkGroupPath(path, typeof input === 'string' ? at : [...at, i]);
    if (!checked.ok) return checked;
  }
  return paths;
}

function parseAggregates(input: unknown, by: readonly Path[], at: QueryErrorPath): Result<Aggregate[], QueryError> {
  if (!isPlainObject(input)) return wrongType(at, 'an object of aggregates by name');
  const names = Object.keys(input);
  if (names.length > QUERY_LIMITS.aggregates) {
    return err({ code: 'too-many-values', path: at, max: QUERY_LIMITS.aggregates });
  }
  return parseEach(names, at, (item) => {
    const place = [...at, item as string];
    const name = readShownName(item, place);
    if (!name.ok) return name;
    if (by.some(([first]) => first === name.value)) return nameTaken(place, name.value);
    return parseAggregate(name.value, input[name.value], place);
  });
}

function parseAggregate(name: string, input: unknown, at: QueryErrorPath): Result<Aggregate, QueryError> {
  if (input === 'count') return ok([name, 'count', null]);
  const functions = isPlainObject(input) ? Object.keys(input) : [];
  const [fn] = functions;
  if (fn === undefined || functions.length > 1)
    return wrongType(at, "'count', or an object of one function and its path");
  if (!isAggregateFunction(fn)) return err({ code: 'unknown-operator', path: at, operator: fn });
  const path = parseDottedPath((input as { readonly [fn: string]: unknown })[fn], [...at, fn]);
  return path.ok ? ok([name, fn, path.value]) : path;
}

const FUNCTIONS: readonly string[] = ['count', 'sum', 'avg', 'min', 'max'] satisfies AggregateFunction[];

export const isAggregateFunction = (fn: unknown): fn is AggregateFunction =>
  typeof fn === 'string' && FUNCTIONS.includes(fn);
