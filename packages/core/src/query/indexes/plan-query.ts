import { canonicalJson } from '../../primitives/index.js';
import { literalValue } from '../literal.js';
import { KEY_FIELD, type Literal, type Path, type Predicate } from '../query.js';
import type { Access, IndexKind, IndexStatistics, NarrowAccess, WantedOrder } from './access.js';
import { intersect, prefixRange, rangeOf, type ValueRange } from './value-range.js';

/** How to get at what can meet a query, and how much that is. */
export interface Plan {
  readonly access: Access;
  /** How many records the access finds at most. */
  readonly candidates: number;
  /** Indexes that do not exist and would have served, each with the condition it is for. */
  readonly wanted: readonly WantedIndex[];
}

export interface WantedIndex extends IndexKind {
  readonly condition: Predicate;
}

/**
 * Chooses among the key, hash indexes, ordered indexes and a scan what finds the fewest records; with `order`, what finds them in order where that is
 * as good. Property it keeps: whatever is chosen finds every record that meets the predicate. So it decides cost alone, and never an answer.
 */
export function planQuery(where: Predicate, statistics: IndexStatistics, order: WantedOrder | null = null): Plan {
  const wanted: WantedIndex[] = [];
  const found = planPredicate(where, { statistics, wanted });
  const inOrder = order === null ? null : planOrder(where, order, found, statistics);
  return { ...(inOrder ?? found ?? { access: { type: 'scan' }, candidates: statistics.size }), wanted };
}

/** The same records in order, where an index has them so: who wants the first ones alone need not read the others. */
function planOrder(
  where: Predicate,
  order: WantedOrder,
  found: Found | null,
  statistics: IndexStatistics,
): Omit<Plan, 'wanted'> | null {
  const { path, direction, count } = order;
  if (found === null) {
    const first = statistics.countFirst(order);
    if (first === null) return null;
    return { access: { type: 'order', path, direction }, candidates: isAlways(where) ? first : statistics.size };
  }
  const { access, candidates } = found;
  if (access.type !== 'range' || candidates <= count || canonicalJson(access.path) !== canonicalJson(path)) return null;
  return { access: { ...access, direction }, candidates };
}

const isAlways = (where: Predicate): boolean => where.type === 'and' && where.of.length === 0;

interface Found {
  readonly access: NarrowAccess;
  readonly candidates: number;
}

interface Planning {
  readonly statistics: IndexStatistics;
  readonly wanted: WantedIndex[];
}

const NOTHING: Found = { access: { type: 'nothing' }, candidates: 0 };

/** `null`: nothing but a scan finds all. */
function planPredicate(predicate: Predicate, planning: Planning): Found | null {
  switch (predicate.type) {
    case 'and':
      return planAll(predicate.of, planning);
    case 'or':
      return planAny(predicate.of, planning);
    case 'eq':
      return planEqual(predicate, predicate.path, [predicate.value], planning);
    case 'in':
      return planEqual(predicate, predicate.path, predicate.values, planning);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return planRange(predicate, predicate.path, rangeOf(predicate.type, predicate.value), planning);
    case 'startsWith':
      return planRange(predicate, predicate.path, prefixRange(predicate.prefix), planning);
    default:
      return null;
  }
}

/** All must hold, so whichever of them finds the fewest will do. */
function planAll(parts: readonly Predicate[], planning: Planning): Found | null {
  let best: Found | null = null;
  for (const plan of planRanges(parts, planning)) best = fewer(best, plan);
  for (const part of parts) if (!isRange(part)) best = fewer(best, planPredicate(part, planning));
  return best;
}

/** Any may hold, so each of them must be found. */
function planAny(parts: readonly Predicate[], planning: Planning): Found | null {
  // Where one of them needs a scan, indexes for the others are of no use, and nobody should make them.
  if (!parts.every(isIndexable)) return null;
  const all: Found[] = [];
  let isScan = false;
  for (const part of parts) {
    const found = planPredicate(part, planning);
    if (found === null) isScan = true;
    else if (found.access.type !== 'nothing') all.push(found);
  }
  if (isScan) return null;
  const [only] = all;
  if (only === undefined) return NOTHING;
  if (all.length === 1) return only;
  const candidates = all.reduce((sum, found) => sum + found.candidates, 0);
  // Many lists that overlap find more than there is.
  if (candidates >= planning.statistics.size) return null;
  return { access: { type: 'union', of: all.map(({ access }) => access) }, candidates };
}

/** Whether some index could find all that meet it. */
function isIndexable(predicate: Predicate): boolean {
  switch (predicate.type) {
    case 'and':
      return predicate.of.some(isIndexable);
    case 'or':
      return predicate.of.every(isIndexable);
    default:
      return isRange(predicate) || INDEXABLE.has(predicate.type);
  }
}

const INDEXABLE: ReadonlySet<Predicate['type']> = new Set(['eq', 'in', 'startsWith']);

type RangePredicate = Extract<Predicate, { readonly type: 'gt' | 'gte' | 'lt' | 'lte' }>;

const isRange = ({ type }: Predicate): boolean => type === 'gt' || type === 'gte' || type === 'lt' || type === 'lte';

/** Comparisons at one path are one range. */
function planRanges(parts: readonly Predicate[], planning: Planning): (Found | null)[] {
  const byPath = new Map<string, { readonly first: RangePredicate; range: ValueRange | null }>();
  for (const part of parts) {
    if (!isRange(part)) continue;
    const condition = part as RangePredicate;
    const range = rangeOf(condition.type, condition.value);
    const name = canonicalJson(condition.path);
    const held = byPath.get(name);
    if (held === undefined) byPath.set(name, { first: condition, range });
    else if (held.range !== null) held.range = intersect(held.range, range);
  }
  return Array.from(byPath.values(), ({ first, range }) =>
    range === null ? NOTHING : planRange(first, first.path, range, planning),
  );
}

function planEqual(condition: Predicate, path: Path, literals: readonly Literal[], planning: Planning): Found | null {
  const values = literals.map(literalValue);
  if (isKey(path)) {
    const keys = values.filter((value) => typeof value === 'string');
    return keys.length === 0 ? NOTHING : { access: { type: 'keys', keys }, candidates: keys.length };
  }
  const candidates = planning.statistics.countEqual(path, values);
  if (candidates !== null) return { access: { type: 'hash', path, values }, candidates };
  planning.wanted.push({ type: 'hash', path, condition });
  return null;
}

function planRange(condition: Predicate, path: Path, range: ValueRange, planning: Planning): Found | null {
  const candidates = planning.statistics.countBetween(path, range);
  if (candidates !== null) return { access: { type: 'range', path, range }, candidates };
  planning.wanted.push({ type: 'ordered', path, condition });
  return null;
}

const isKey = (path: Path): boolean => path.length === 1 && path[0] === KEY_FIELD;

const fewer = (a: Found | null, b: Found | null): Found | null =>
  a === null || (b !== null && b.candidates < a.candidates) ? b : a;
