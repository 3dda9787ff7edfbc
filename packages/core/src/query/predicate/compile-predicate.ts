import { assertNever, canonicalJson, sameValue, type Value } from '../../primitives/index.js';
import { compareValues } from '../compare-values.js';
import { compilePath } from '../compile-path.js';
import { isScalar, literalValue } from '../literal.js';
import { compileContains, compileContainsAll, compileContainsAny } from './compile-contains.js';
import { compileMatch } from './compile-match.js';
import type { Literal, Path, Predicate, RangeLiteral, RangeType } from '../query.js';
import { compileRegex } from '../regex/compile-regex.js';
import { compileLike, type TextTest } from '../text/like-matcher.js';
import { beginsWith } from '../text/part-of-text.js';

/** Whether a row meets the predicate. */
export type RowTest = (key: string, value: Value) => boolean;

/** Reads one place of a row; `undefined` when the row has no such place. */
export type Reader<Row> = (key: string, row: Row) => Value | undefined;

type Test<Row> = (key: string, row: Row) => boolean;

type ValueTest = (value: Value | undefined) => boolean;

/** Turns a predicate into closures: paths taken apart and literals decoded once, nothing allocated per row but the words of a text to match. */
export const compilePredicate = (predicate: Predicate): RowTest => compilePredicateOn(predicate, compilePath);

/** The same for rows in another form, of which `readerOf` reads a place. */
export function compilePredicateOn<Row>(predicate: Predicate, readerOf: (path: Path) => Reader<Row>): Test<Row> {
  switch (predicate.type) {
    case 'and':
      return all(predicate.of.map((part) => compilePredicateOn(part, readerOf)));
    case 'or':
      return any(predicate.of.map((part) => compilePredicateOn(part, readerOf)));
    case 'not': {
      const holds = compilePredicateOn(predicate.of, readerOf);
      return (key, value) => !holds(key, value);
    }
    case 'eq':
      return onPath(readerOf(predicate.path), equals(predicate.value));
    case 'ne':
      return onPath(readerOf(predicate.path), negate(equals(predicate.value)));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return onPath(readerOf(predicate.path), inRange(predicate.type, predicate.value));
    case 'in':
      return onPath(readerOf(predicate.path), isOneOf(predicate.values));
    case 'nin':
      return onPath(readerOf(predicate.path), negate(isOneOf(predicate.values)));
    case 'exists': {
      const { exists } = predicate;
      return onPath(readerOf(predicate.path), (value) => (value !== undefined) === exists);
    }
    case 'isNull': {
      const { isNull } = predicate;
      return onPath(readerOf(predicate.path), (value) => (value === undefined || value === null) === isNull);
    }
    case 'startsWith':
      return onPath(readerOf(predicate.path), onText(beginsWith(predicate.prefix)));
    case 'like':
      return onPath(readerOf(predicate.path), onText(compileLike(predicate.pattern, predicate.caseInsensitive)));
    case 'regex':
      return onPath(readerOf(predicate.path), onText(compileRegex(predicate.pattern, predicate.caseInsensitive)));
    case 'contains':
      return onPath(readerOf(predicate.path), compileContains(predicate.value));
    case 'containsAny':
      return onPath(readerOf(predicate.path), compileContainsAny(predicate.values));
    case 'containsAll':
      return onPath(readerOf(predicate.path), compileContainsAll(predicate.values));
    case 'match':
      return compileMatch(predicate, readerOf(predicate.path));
    default:
      return assertNever(predicate);
  }
}

function onText(fits: TextTest): ValueTest {
  return (value) => typeof value === 'string' && fits(value);
}

function all<Row>(tests: readonly Test<Row>[]): Test<Row> {
  return (key, row) => {
    for (const holds of tests) if (!holds(key, row)) return false;
    return true;
  };
}

function any<Row>(tests: readonly Test<Row>[]): Test<Row> {
  return (key, row) => {
    for (const holds of tests) if (holds(key, row)) return true;
    return false;
  };
}

function onPath<Row>(read: Reader<Row>, holds: ValueTest): Test<Row> {
  return (key, row) => holds(read(key, row));
}

function negate(holds: ValueTest): ValueTest {
  return (value) => !holds(value);
}

function equals(literal: Literal): ValueTest {
  if (isScalar(literal)) return (value) => value === literal;
  const wanted = literalValue(literal);
  return (value) => typeof value === 'object' && sameValue(value, wanted);
}

function isOneOf(literals: readonly Literal[]): ValueTest {
  const scalars = new Set<Value | undefined>();
  const encoded = new Set<string>();
  for (const literal of literals) {
    if (isScalar(literal)) scalars.add(literal);
    else encoded.add(literal.json);
  }
  if (encoded.size === 0) return (value) => scalars.has(value);
  return (value) =>
    typeof value === 'object' && value !== null ? encoded.has(canonicalJson(value)) : scalars.has(value);
}

function inRange(type: RangeType, literal: RangeLiteral): ValueTest {
  if (isScalar(literal)) return scalarInRange(type, literal);
  const bound = literalValue(literal);
  const fits = orderFits(type);
  return (value) => ArrayBuffer.isView(value) && fits(compareValues(value, bound));
}

/** Within one type, JavaScript's own operators order booleans, numbers and strings as `compareValues` does. */
function scalarInRange(type: RangeType, bound: boolean | number | string): ValueTest {
  const wanted = typeof bound;
  switch (type) {
    case 'gt':
      return (value) => typeof value === wanted && (value as typeof bound) > bound;
    case 'gte':
      return (value) => typeof value === wanted && (value as typeof bound) >= bound;
    case 'lt':
      return (value) => typeof value === wanted && (value as typeof bound) < bound;
    case 'lte':
      return (value) => typeof value === wanted && (value as typeof bound) <= bound;
    default:
      return assertNever(type);
  }
}

function orderFits(type: RangeType): (order: number) => boolean {
  switch (type) {
    case 'gt':
      return (order) => order > 0;
    case 'gte':
      return (order) => order >= 0;
    case 'lt':
      return (order) => order < 0;
    case 'lte':
      return (order) => order <= 0;
    default:
      return assertNever(type);
  }
}
