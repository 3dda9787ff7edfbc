import { err, isMapName, isPlainObject, ok, type Result } from '../../primitives/index.js';
import { canonicalForm } from './canonical-query.js';
import { checkScore } from './check-score.js';
import { validateAfter } from './validate-after.js';
import { validateGroups } from './validate-groups.js';
import { exactMembers } from './validate-parts.js';
import { validateSearch } from './validate-search.js';
import { validatePredicate } from './validate-predicate.js';
import { parsePath, ROOT, wrongType } from './parse-parts.js';
import { parseLimit, parseSort } from './parse-sort.js';
import { predicateBudget } from './predicate-budget.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Query, Within } from '../query.js';

/**
 * Checks what claims to be a canonical query off the wire, and builds a new one from it: same limits as `parseQuery`,
 * nothing unknown passed on, canonical whether or not it was. What never is on the wire, `fields` and `include`, is
 * unknown here: see `flattenQuery`.
 */
export function validateQuery(input: unknown): Result<Query, QueryError> {
  const query = validateLevel(input, ROOT, 0);
  return query.ok ? ok(canonicalForm(query.value)) : query;
}

/** `depth`: how many queries this one is the parent of, each of the next. */
function validateLevel(input: unknown, at: QueryErrorPath, depth: number): Result<Query, QueryError> {
  const optional = ['after', 'groupBy', 'search', 'within'].filter(
    (name) => isPlainObject(input) && Object.hasOwn(input, name),
  );
  const members = exactMembers(input, at, ['where', 'sort', 'limit', ...optional]);
  if (!members.ok) return members;
  const member = members.value;
  const where = validatePredicate(member['where'], [...at, 'where'], 1, predicateBudget());
  if (!where.ok) return where;
  if (!Array.isArray(member['sort'])) return wrongType([...at, 'sort'], 'a list of pairs');
  const sort = parseSort(member['sort'], [...at, 'sort']);
  if (!sort.ok) return sort;
  const limit = parseLimit(member['limit'], [...at, 'limit']);
  if (!limit.ok) return limit;
  const plain: Query = { where: where.value, sort: sort.value, limit: limit.value };
  const query = optional.length === 0 ? ok(plain) : validateOptional(plain, member, at, depth);
  return query.ok ? checkScore(canonicalForm(query.value), [...at, 'sort']) : query;
}

type Members = { readonly [name: string]: unknown };

function validateOptional(plain: Query, member: Members, at: QueryErrorPath, depth: number): Result<Query, QueryError> {
  let query = plain;
  if (Object.hasOwn(member, 'search')) {
    const other = ['after', 'groupBy', 'within'].find((name) => Object.hasOwn(member, name));
    if (other !== undefined) return err({ code: 'not-together', path: at, options: [other, 'search'] });
    // Rows are related to those of a parent that holds still for them.
    if (depth > 0) return err({ code: 'not-together', path: at, options: ['search', 'within'] });
    const search = validateSearch(member['search'], [...at, 'search'], plain, at);
    if (!search.ok) return search;
    query = { ...query, search: search.value };
  }
  if (Object.hasOwn(member, 'within')) {
    const other = ['after', 'groupBy'].find((name) => Object.hasOwn(member, name));
    if (other !== undefined) return err({ code: 'not-together', path: at, options: [other, 'within'] });
    const within = validateWithin(member['within'], [...at, 'within'], depth);
    if (!within.ok) return within;
    query = { ...query, within: within.value };
  }
  if (Object.hasOwn(member, 'groupBy')) {
    // The parent of a relation has rows, and no groups.
    if (depth > 0) return err({ code: 'not-together', path: at, options: ['groupBy', 'within'] });
    const groupBy = validateGroups(member['groupBy'], [...at, 'groupBy']);
    if (!groupBy.ok) return groupBy;
    query = { ...query, groupBy: groupBy.value };
  }
  if (Object.hasOwn(member, 'after')) {
    const after = validateAfter(member['after'], [...at, 'after'], plain.sort.length);
    if (!after.ok) return after;
    query = { ...query, after: after.value };
  }
  return ok(query);
}

function validateWithin(input: unknown, at: QueryErrorPath, depth: number): Result<Within, QueryError> {
  if (depth === QUERY_LIMITS.includeDepth) return err({ code: 'too-deep', path: at, max: QUERY_LIMITS.includeDepth });
  const members = exactMembers(input, at, ['map', 'query', 'on']);
  if (!members.ok) return members;
  const { map, on } = members.value;
  if (!isMapName(map)) return wrongType([...at, 'map'], 'the name of a map');
  if (!Array.isArray(on) || on.length !== 2) return wrongType([...at, 'on'], 'a pair of paths');
  const parent = parsePath(on[0], [...at, 'on', 0]);
  if (!parent.ok) return parent;
  const child = parsePath(on[1], [...at, 'on', 1]);
  if (!child.ok) return child;
  const query = validateLevel(members.value['query'], [...at, 'query'], depth + 1);
  return query.ok ? ok({ map, query: query.value, on: [parent.value, child.value] }) : query;
}
