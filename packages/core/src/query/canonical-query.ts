import { assertNever, canonicalJson } from '../primitives/index.js';
import { KEY_FIELD, NEVER, ALWAYS, type Literal, type Predicate, type Query, type SortKey } from './query.js';

/**
 * The query as one string: queries that differ only in the order of members, in nesting of like
 * connectives, in repetition or in double negation give the same one.
 */
export function canonicalQuery(query: Query): string {
  return canonicalJson(canonicalForm(query));
}

/** The same query with its predicate and sort order simplified. Never deeper or larger; idempotent. */
export function canonicalForm(query: Query): Query {
  return {
    where: canonicalPredicate(query.where),
    sort: canonicalSort(query.sort),
    limit: query.limit,
  };
}

/** Drops levels that cannot decide: a path sorted by before, all after the key, and the implied last `_key`. */
function canonicalSort(sort: readonly SortKey[]): SortKey[] {
  const kept: SortKey[] = [];
  const seen = new Set<string>();
  for (const [path, direction] of sort) {
    const isKey = path.length === 1 && path[0] === KEY_FIELD;
    if (isKey && direction === 'asc') break;
    const name = canonicalJson(path);
    if (!seen.has(name)) kept.push([path, direction]);
    seen.add(name);
    if (isKey) break;
  }
  return kept;
}

function canonicalPredicate(predicate: Predicate): Predicate {
  switch (predicate.type) {
    case 'and':
    case 'or':
      return canonicalConnective(predicate.type, predicate.of);
    case 'not':
      return negate(canonicalPredicate(predicate.of));
    case 'in':
    case 'nin':
      return canonicalList(predicate);
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'exists':
      return predicate;
    default:
      return assertNever(predicate);
  }
}

/** Flattens, drops repetitions and parts that decide nothing, and sorts what remains. */
function canonicalConnective(type: 'and' | 'or', of: readonly Predicate[]): Predicate {
  const opposite = type === 'and' ? 'or' : 'and';
  const partsByText = new Map<string, Predicate>();
  for (const part of of) {
    const canonical = canonicalPredicate(part);
    if (canonical.type === opposite && canonical.of.length === 0) return canonical;
    const parts = canonical.type === type ? canonical.of : [canonical];
    for (const one of parts) partsByText.set(canonicalJson(one), one);
  }
  const parts = sortedByText(partsByText);
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { type, of: parts };
}

/** Turns a negation into the opposite condition where there is one. Not so for ranges: a missing path meets neither side. */
function negate(canonical: Predicate): Predicate {
  switch (canonical.type) {
    case 'not':
      return canonical.of;
    case 'eq':
      return { ...canonical, type: 'ne' };
    case 'ne':
      return { ...canonical, type: 'eq' };
    case 'in':
      return { ...canonical, type: 'nin' };
    case 'nin':
      return { ...canonical, type: 'in' };
    case 'exists':
      return { ...canonical, exists: !canonical.exists };
    case 'and':
      return canonical.of.length === 0 ? NEVER : { type: 'not', of: canonical };
    case 'or':
      return canonical.of.length === 0 ? ALWAYS : { type: 'not', of: canonical };
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { type: 'not', of: canonical };
    default:
      return assertNever(canonical);
  }
}

function canonicalList(predicate: Predicate & { readonly type: 'in' | 'nin' }): Predicate {
  const { type, path } = predicate;
  const valuesByText = new Map<string, Literal>();
  for (const value of predicate.values) valuesByText.set(canonicalJson(value), value);
  const values = sortedByText(valuesByText);
  const [only] = values;
  if (only === undefined) return type === 'in' ? NEVER : ALWAYS;
  if (values.length === 1) return { type: type === 'in' ? 'eq' : 'ne', path, value: only };
  return { type, path, values };
}

function sortedByText<T>(byText: ReadonlyMap<string, T>): T[] {
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
