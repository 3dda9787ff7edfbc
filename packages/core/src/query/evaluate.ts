/**
 * The answer to a query from scratch: filter, sort, slice, as the words of the language say and with no
 * regard for speed. It shares no code with the operators, the comparator and the path reader included, so
 * that either can convict the other. For oracles, and for one-off queries over few records.
 */
import { assertNever, canonicalJson, decodeValue, type Value } from '../primitives/index.js';
import type { Entry } from './entry.js';
import type { Literal, Path, Predicate, Query } from './query.js';

/** All rows that meet the query, in order. The entries are the ones handed in. */
export function evaluate(query: Query, entries: Iterable<Entry>): Entry[] {
  const rows: Entry[] = [];
  for (const entry of entries) if (holds(query.where, entry)) rows.push(entry);
  rows.sort((a, b) => {
    for (const [path, direction] of query.sort) {
      const order = inOrder(place(path, a), place(path, b));
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return textOrder(a.key, b.key);
  });
  return query.limit === null ? rows : rows.slice(0, query.limit);
}

function holds(predicate: Predicate, entry: Entry): boolean {
  switch (predicate.type) {
    case 'and':
      return predicate.of.every((part) => holds(part, entry));
    case 'or':
      return predicate.of.some((part) => holds(part, entry));
    case 'not':
      return !holds(predicate.of, entry);
    case 'exists':
      return (place(predicate.path, entry) !== undefined) === predicate.exists;
    case 'in':
      return predicate.values.some((value) => same(place(predicate.path, entry), value));
    case 'nin':
      return !predicate.values.some((value) => same(place(predicate.path, entry), value));
    case 'eq':
      return same(place(predicate.path, entry), predicate.value);
    case 'ne':
      return !same(place(predicate.path, entry), predicate.value);
    case 'gt':
      return inRange(predicate, entry, (order) => order > 0);
    case 'gte':
      return inRange(predicate, entry, (order) => order >= 0);
    case 'lt':
      return inRange(predicate, entry, (order) => order < 0);
    case 'lte':
      return inRange(predicate, entry, (order) => order <= 0);
    case 'isNull':
      return ['missing', 'null'].includes(kindOf(place(predicate.path, entry))) === predicate.isNull;
    case 'startsWith':
      return fits(place(predicate.path, entry), new RegExp(`^${literally(predicate.prefix)}`, 'u'));
    case 'like':
      return fits(place(predicate.path, entry), likeAsRegExp(predicate.pattern, predicate.caseInsensitive));
    case 'regex':
      return fits(place(predicate.path, entry), new RegExp(predicate.pattern, predicate.caseInsensitive ? 'iu' : 'u'));
    case 'contains':
      return contains(place(predicate.path, entry), predicate.value);
    case 'containsAny':
      return predicate.values.some((value) => contains(place(predicate.path, entry), value));
    case 'containsAll': {
      const held = place(predicate.path, entry);
      return ['string', 'array'].includes(kindOf(held)) && predicate.values.every((value) => contains(held, value));
    }
    case 'match':
      throw new Error('no search was passed in');
    default:
      return assertNever(predicate);
  }
}

function fits(value: Value | undefined, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function likeAsRegExp(pattern: string, caseInsensitive: boolean): RegExp {
  const source = pattern.replace(/\\(.)|%|_|[^\\]/gsu, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return literally(escaped);
    return part === '%' ? '.*' : part === '_' ? '.' : literally(part);
  });
  return new RegExp(`^${source}$`, caseInsensitive ? 'isu' : 'su');
}

function contains(held: Value | undefined, literal: Literal): boolean {
  const wanted = plain(literal);
  if (Array.isArray(held)) return held.some((item: Value) => same(item, literal));
  return typeof wanted === 'string' && fits(held, new RegExp(literally(wanted), 'iu'));
}

function inRange(
  predicate: { readonly path: Path; readonly value: Literal },
  entry: Entry,
  fits: (order: number) => boolean,
): boolean {
  const value = place(predicate.path, entry);
  const bound = plain(predicate.value);
  return kindOf(value) === kindOf(bound) && fits(inOrder(value, bound));
}

function same(value: Value | undefined, literal: Literal): boolean {
  return value !== undefined && canonicalJson(value) === canonicalJson(plain(literal));
}

function plain(literal: Literal): Value {
  if (literal === null || typeof literal !== 'object') return literal;
  const decoded = decodeValue(JSON.parse(literal.json));
  if (!decoded.ok) throw new Error(`not a literal: ${literal.json}`);
  return decoded.value;
}

function place(path: Path, entry: Entry): Value | undefined {
  if (path.length === 1 && path[0] === '_key') return entry.key;
  let value: Value | undefined = entry.value;
  for (const field of path) {
    if (kindOf(value) !== 'object') return undefined;
    const fields: ReadonlyMap<string, Value> = new Map(Object.entries(value as { [field: string]: Value }));
    value = fields.get(field);
  }
  return value;
}

type Kind = (typeof KINDS)[number];

/** The kinds of value in their order. */
const KINDS = ['missing', 'null', 'boolean', 'number', 'string', 'bytes', 'array', 'object'] as const;

function kindOf(value: Value | undefined): Kind {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'string';
  if (value instanceof Uint8Array) return 'bytes';
  return Array.isArray(value) ? 'array' : 'object';
}

function inOrder(a: Value | undefined, b: Value | undefined): number {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return KINDS.indexOf(kind) - KINDS.indexOf(kindOf(b));
  switch (kind) {
    case 'missing':
    case 'null':
      return 0;
    case 'boolean':
    case 'number':
      return Number(a) - Number(b);
    case 'string':
      return textOrder(a as string, b as string);
    case 'bytes':
      return listOrder([...(a as Uint8Array)], [...(b as Uint8Array)]);
    case 'array':
      return listOrder(a as readonly Value[], b as readonly Value[]);
    case 'object':
      return listOrder(fieldList(a), fieldList(b));
    default:
      return assertNever(kind);
  }
}

/** The fields of an object by name, flattened to name, value, name, value … */
function fieldList(value: Value | undefined): Value[] {
  const fields = Object.entries(value as { [field: string]: Value });
  return fields.sort(([a], [b]) => textOrder(a, b)).flatMap(([name, field]) => [name, field]);
}

function listOrder(a: readonly Value[], b: readonly Value[]): number {
  const differs = a.findIndex((value, i) => i >= b.length || inOrder(value, b[i]) !== 0);
  if (differs === -1) return a.length - b.length;
  return differs >= b.length ? 1 : inOrder(a[differs], b[differs]);
}

function textOrder(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
