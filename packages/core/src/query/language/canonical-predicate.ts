import { assertNever, canonicalJson } from '../../primitives/index.js';
import { foldCase } from '../text/fold-case.js';
import { readLike, writeLike } from '../text/like-pattern.js';
import { ALWAYS, NEVER, type Literal, type Predicate } from '../query.js';

/** The same condition, simplified, with the parts of connectives and lists in one order. Never deeper or larger; idempotent. */
export function canonicalPredicate(predicate: Predicate): Predicate {
  switch (predicate.type) {
    case 'and':
    case 'or':
      return canonicalConnective(predicate.type, predicate.of);
    case 'not':
      return negate(canonicalPredicate(predicate.of));
    case 'in':
    case 'nin':
      return canonicalList(predicate);
    case 'containsAny':
    case 'containsAll':
      return canonicalContains(predicate);
    case 'like':
      return canonicalLike(predicate);
    case 'eq':
    case 'ne':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'exists':
    case 'isNull':
    case 'startsWith':
    case 'regex':
    case 'contains':
    case 'match':
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
    case 'isNull':
      return { ...canonical, isNull: !canonical.isNull };
    case 'and':
      return canonical.of.length === 0 ? NEVER : { type: 'not', of: canonical };
    case 'or':
      return canonical.of.length === 0 ? ALWAYS : { type: 'not', of: canonical };
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'startsWith':
    case 'like':
    case 'regex':
    case 'contains':
    case 'containsAny':
    case 'containsAll':
    case 'match':
      return { type: 'not', of: canonical };
    default:
      return assertNever(canonical);
  }
}

function canonicalList(predicate: Predicate & { readonly type: 'in' | 'nin' }): Predicate {
  const { type, path } = predicate;
  const values = distinctLiterals(predicate.values);
  const [only] = values;
  if (only === undefined) return type === 'in' ? NEVER : ALWAYS;
  if (values.length === 1) return { type: type === 'in' ? 'eq' : 'ne', path, value: only };
  return { type, path, values };
}

/** All of nothing still asks for a string or an array. */
function canonicalContains(predicate: Predicate & { readonly type: 'containsAny' | 'containsAll' }): Predicate {
  const { type, path } = predicate;
  const values = distinctLiterals(predicate.values);
  const [only] = values;
  if (only === undefined && type === 'containsAny') return NEVER;
  if (only !== undefined && values.length === 1) return { type: 'contains', path, value: only };
  return { type, path, values };
}

/** A pattern that begins with text and lets anything follow is a prefix, and one without wildcards an equality. */
function canonicalLike(predicate: Predicate & { readonly type: 'like' }): Predicate {
  const { path, caseInsensitive } = predicate;
  const runs = readLike(caseInsensitive ? foldCase(predicate.pattern) : predicate.pattern);
  if (runs === null) return predicate;
  const [first, second] = runs;
  const text = first === undefined || first.includes(null) ? null : first.join('');
  const isPrefix = runs.slice(1).every((run) => run.length === 0);
  if (text !== null && second !== undefined && isPrefix && (text === '' || !caseInsensitive)) {
    return { type: 'startsWith', path, prefix: text };
  }
  if (text !== null && second === undefined && !caseInsensitive) return { type: 'eq', path, value: text };
  return { type: 'like', path, pattern: writeLike(runs), caseInsensitive };
}

function distinctLiterals(values: readonly Literal[]): Literal[] {
  const byText = new Map<string, Literal>();
  for (const value of values) byText.set(canonicalJson(value), value);
  return sortedByText(byText);
}

function sortedByText<T>(byText: ReadonlyMap<string, T>): T[] {
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
