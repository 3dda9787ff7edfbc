import { assertNever, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { Literal, Path, Predicate } from '../query.js';
import { matches } from './matches.js';
import { inOrder, kindOf, place, plain, same } from './values.js';

/** Whether the row meets the condition, word by word as the rules have it. */
export function holds(predicate: Predicate, entry: Entry): boolean {
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
      return matches(predicate, entry);
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
