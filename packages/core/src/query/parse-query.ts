import { err, isMapName, isPlainObject, ok, type Result } from '../primitives/index.js';
import { QueryBuilder } from './builder/query-builder.js';
import { canonicalForm } from './language/canonical-query.js';
import { checkScore } from './language/check-score.js';
import { CURSOR_MAX_AGE_MS, decodeCursor } from './cursor/cursor-token.js';
import { readShownName } from './language/group-names.js';
import { parseGroups } from './language/parse-groups.js';
import { parsePaths } from './language/parse-paths.js';
import { parseDottedPath, parseEach, ROOT, wrongType } from './language/parse-parts.js';
import { parseLimit, parseSort } from './language/parse-sort.js';
import { parseWhere } from './language/parse-where.js';
import { predicateBudget } from './language/predicate-budget.js';
import type { QueryError, QueryErrorPath } from './language/query-error.js';
import type { QueryInput } from './query-input.js';
import { QUERY_LIMITS } from './language/query-limits.js';
import { ALWAYS, type Path, type Predicate, type Query, type Relation } from './query.js';

/** What is known where a query is read. */
export interface ParseOptions {
  /** The time, in milliseconds, to judge a cursor's age by; without it none is too old. */
  readonly nowMillis?: number;
  readonly cursorMaxAgeMs?: number;
}

/** A query as an object, or what makes one. */
export type QuerySource = QueryInput | { readonly map: string; build(): QueryInput };

/**
 * Checks a query as an app writes it and turns it into canonical form. An option that is `undefined` is
 * absent; a condition that is `undefined` is an error, for `{ owner: user?.id }` must not mean "anyone's".
 */
export function parseQuery(source: QuerySource, options: ParseOptions = {}): Result<Query, QueryError> {
  const input = source instanceof QueryBuilder ? source.build() : source;
  if (!isPlainObject(input)) return wrongType(ROOT, 'an object');
  const member: Members = input;
  for (const option of Object.keys(member)) {
    if (!QUERY_OPTIONS.includes(option)) return err({ code: 'unknown-option', path: ROOT, option });
  }
  const body = parseBody(member, ROOT, {
    depth: 0,
    relations: { left: QUERY_LIMITS.relations },
  });
  if (!body.ok) return body;
  const grouped = withGroups(body.value, member);
  if (!grouped.ok) return grouped;
  const query = checkScore(canonicalForm(grouped.value), ['sort']);
  const { cursor } = member;
  return !query.ok || cursor === undefined || cursor === null ? query : withCursor(query.value, cursor, options);
}

type Members = { readonly [option: string]: unknown };

const BODY_OPTIONS = ['where', 'predicate', 'sort', 'limit', 'fields', 'include'];
const QUERY_OPTIONS = [...BODY_OPTIONS, 'cursor', 'groupBy', 'aggregate', 'distinct'];
const RELATION_OPTIONS = [...BODY_OPTIONS, 'map', 'on', 'one'];

interface Level {
  /** How many relations this is in. */
  readonly depth: number;
  /** How many more relations the whole query may have. */
  readonly relations: { left: number };
}

/** What a query and a relation have in common. */
function parseBody(member: Members, at: QueryErrorPath, level: Level): Result<Query, QueryError> {
  const where = parsePredicate(member, at);
  if (!where.ok) return where;
  const sort = parseSort(member['sort'], [...at, 'sort']);
  if (!sort.ok) return sort;
  const limit = parseLimit(member['limit'] ?? null, [...at, 'limit']);
  if (!limit.ok) return limit;
  const fields = parseFields(member['fields'], [...at, 'fields']);
  if (!fields.ok) return fields;
  const include = parseInclude(member['include'], [...at, 'include'], level);
  if (!include.ok) return include;
  return ok({
    where: where.value,
    sort: sort.value,
    limit: limit.value,
    ...(fields.value === undefined ? {} : { fields: fields.value }),
    ...(include.value === undefined ? {} : { include: include.value }),
  });
}

/** `where` and `predicate` are the two sides of one `and`, under one budget. */
function parsePredicate({ where, predicate }: Members, at: QueryErrorPath): Result<Predicate, QueryError> {
  const budget = predicateBudget();
  if (where === undefined && predicate === undefined) return ok(ALWAYS);
  if (predicate === undefined) return parseWhere(where, [...at, 'where'], 1, budget);
  if (where === undefined) return parseWhere(predicate, [...at, 'predicate'], 1, budget);
  const taken = budget.take(at, 1);
  if (!taken.ok) return taken;
  const left = parseWhere(where, [...at, 'where'], 2, budget);
  if (!left.ok) return left;
  const right = parseWhere(predicate, [...at, 'predicate'], 2, budget);
  return right.ok ? ok({ type: 'and', of: [left.value, right.value] }) : right;
}

function parseFields(input: unknown, at: QueryErrorPath): Result<Path[] | undefined, QueryError> {
  return input === undefined ? ok(undefined) : parsePaths(input, at, QUERY_LIMITS.fields);
}

function parseInclude(input: unknown, at: QueryErrorPath, level: Level): Result<Relation[] | undefined, QueryError> {
  if (input === undefined) return ok(undefined);
  if (!isPlainObject(input)) return wrongType(at, 'an object of relations by name');
  if (level.depth === QUERY_LIMITS.includeDepth)
    return err({ code: 'too-deep', path: at, max: QUERY_LIMITS.includeDepth });
  return parseEach(Object.keys(input), at, (item) => {
    const place = [...at, item as string];
    level.relations.left -= 1;
    if (level.relations.left < 0) return err({ code: 'too-many-values', path: place, max: QUERY_LIMITS.relations });
    const name = readShownName(item, place);
    return name.ok ? parseRelation(name.value, input[name.value], place, { ...level, depth: level.depth + 1 }) : name;
  });
}

function parseRelation(name: string, input: unknown, at: QueryErrorPath, level: Level): Result<Relation, QueryError> {
  if (!isPlainObject(input)) return wrongType(at, 'an object');
  const member: Members = input;
  for (const option of Object.keys(member)) {
    if (!RELATION_OPTIONS.includes(option)) return err({ code: 'unknown-option', path: at, option });
  }
  const { map, on, one = false } = member;
  if (!isMapName(map)) return wrongType([...at, 'map'], 'the name of a map');
  if (typeof one !== 'boolean') return wrongType([...at, 'one'], 'true or false');
  if (one && (member['limit'] ?? null) !== null)
    return err({ code: 'not-together', path: at, options: ['limit', 'one'] });
  if (!Array.isArray(on) || on.length !== 2) return wrongType([...at, 'on'], 'a pair [path, path in the other map]');
  const parent = parseDottedPath(on[0], [...at, 'on', 0]);
  if (!parent.ok) return parent;
  const child = parseDottedPath(on[1], [...at, 'on', 1]);
  if (!child.ok) return child;
  const body = parseBody(member, at, level);
  const query = body.ok ? checkScore(canonicalForm(body.value), [...at, 'sort']) : body;
  return query.ok ? ok({ name, map, on: [parent.value, child.value], one, query: query.value }) : query;
}

function withGroups(query: Query, member: Members): Result<Query, QueryError> {
  const groups = parseGroups(member);
  if (!groups.ok) return groups;
  if (groups.value === undefined) return ok(query);
  const option = ['distinct', 'groupBy', 'aggregate'].find((name) => member[name] !== undefined) as string;
  if (query.fields !== undefined) return err({ code: 'not-together', path: ROOT, options: ['fields', option] });
  if (query.include !== undefined) return err({ code: 'not-together', path: ROOT, options: ['include', option] });
  return ok({ ...query, groupBy: groups.value });
}

function withCursor(query: Query, token: unknown, options: ParseOptions): Result<Query, QueryError> {
  const { nowMillis = -Infinity, cursorMaxAgeMs = CURSOR_MAX_AGE_MS } = options;
  const decoded = decodeCursor(token, query, nowMillis, cursorMaxAgeMs);
  if (decoded.status === 'valid') return ok({ ...query, after: decoded.cursor });
  return err({ code: decoded.status === 'expired' ? 'cursor-expired' : 'cursor-invalid', path: ['cursor'] });
}
