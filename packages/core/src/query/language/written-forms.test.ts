import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainObject, type Value } from '../../primitives/index.js';
import { literalValue, valueToLiteral } from '../literal.js';
import { parseQuery } from '../parse-query.js';
import { findCounterexample, objectOf, value as anyValue } from '../query.arbitrary.js';
import type { OperatorInput, WhereInput } from '../query-input.js';
import type { Path, Predicate, RangeLiteral } from '../query.js';
import { canonicalPredicate } from './canonical-predicate.js';
import { Predicates } from './predicates.js';
import { validateQuery } from './validate-query.js';

/*
 * Whatever can be asked can be written, in each form that there is, and is read as what was meant: any condition is written as an app would, each part
 * in a form chosen at random, and read again. The writer knows the words of the language and nothing of how they are read.
 */

type Leaf = Exclude<Predicate, { readonly type: 'and' | 'or' | 'not' }>;

const path: fc.Arbitrary<Path> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Path>(['a'], ['b'], ['a', 'b'], ['_key']) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Path>(['a.b'], [''], ['$gt'], ['__proto__'], ['a', ''], ['0'], ['$or', 'x']),
  },
);
const literal = anyValue.map(valueToLiteral);
const literals = fc.array(literal, { maxLength: 3 });
const range = fc.constantFrom<RangeLiteral>(0, -1.5, '', 'a', true, { json: '{"$bytes":"AQ"}' });
const text = fc.constantFrom('', 'a', 'a%', '_b', '\\%', '\u{1F600}', '^a+$', 'some words');
const expression = fc.constantFrom('(?:)', '^a+$', 'a|b', '[\\d_]');
const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ type: fc.constantFrom('eq', 'ne', 'contains'), path, value: literal }),
  fc.record({ type: fc.constantFrom('gt', 'gte', 'lt', 'lte'), path, value: range }),
  fc.record({ type: fc.constantFrom('in', 'nin', 'containsAny', 'containsAll'), path, values: literals }),
  fc.record({ type: fc.constant('exists'), path, exists: fc.boolean() }),
  fc.record({ type: fc.constant('isNull'), path, isNull: fc.boolean() }),
  fc.record({ type: fc.constant('startsWith'), path, prefix: text }),
  fc.record({ type: fc.constant('like'), path, pattern: text, caseInsensitive: fc.boolean() }),
  // Of an expression of nothing JavaScript says that its source is `(?:)`.
  fc.record({
    type: fc.constant('regex'),
    path,
    pattern: expression,
    caseInsensitive: fc.boolean(),
  }),
  fc.record({ type: fc.constant('match'), path, text }),
) as fc.Arbitrary<Leaf>;
const predicate = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constantFrom('and', 'or'), of: fc.array(tie('predicate'), { maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('not'), of: tie('predicate') }) },
  ) as fc.Arbitrary<Predicate>,
})).predicate;

const isLeaf = (one: Predicate): one is Leaf => one.type !== 'and' && one.type !== 'or' && one.type !== 'not';

/** One of so many, from 0. */
type Choose = (count: number) => number;

/** The operator of a leaf with its operand. */
function operatorOf(one: Leaf): OperatorInput {
  switch (one.type) {
    case 'in':
    case 'nin':
    case 'containsAny':
    case 'containsAll':
      return { [`$${one.type}`]: one.values.map(literalValue) };
    case 'exists':
      return { $exists: one.exists };
    case 'isNull':
      return { $isNull: one.isNull };
    case 'startsWith':
      return { $startsWith: one.prefix };
    case 'like':
      return one.caseInsensitive ? { $ilike: one.pattern } : { $like: one.pattern };
    case 'regex':
      return { $regex: one.caseInsensitive ? new RegExp(one.pattern, 'i') : one.pattern };
    case 'match':
      return { $match: one.text };
    default:
      return { [`$${one.type}`]: literalValue(one.value) };
  }
}

/** As a call of the builder, where it has one. */
function built(one: Leaf, at: string | Path): WhereInput {
  const operand = Object.values(operatorOf(one))[0] as never;
  const calls: { readonly [T in Leaf['type']]: (operand: never) => WhereInput } = {
    eq: (value) => Predicates.equal(at, value),
    ne: (value) => Predicates.notEqual(at, value),
    gt: (value) => Predicates.greaterThan(at, value),
    gte: (value) => Predicates.greaterThanOrEqual(at, value),
    lt: (value) => Predicates.lessThan(at, value),
    lte: (value) => Predicates.lessThanOrEqual(at, value),
    in: (values) => Predicates.in(at, values),
    nin: (values) => Predicates.notIn(at, values),
    exists: (exists) => (exists ? Predicates.exists(at) : Predicates.not(Predicates.exists(at))),
    isNull: (isNull) => (isNull ? Predicates.isNull(at) : Predicates.isNotNull(at)),
    startsWith: (prefix) => Predicates.startsWith(at, prefix),
    like: (pattern) =>
      one.type === 'like' && one.caseInsensitive ? Predicates.ilike(at, pattern) : Predicates.like(at, pattern),
    regex: (pattern) => Predicates.regex(at, pattern),
    contains: (value) => Predicates.contains(at, value),
    containsAny: (values) => Predicates.containsAny(at, values),
    containsAll: (values) => Predicates.containsAll(at, values),
    match: (words) => Predicates.match(at, words),
  };
  return calls[one.type](operand);
}

/** An object is read as operators if any of its names begins with a `$`, so equality with such a one needs `$eq`. */
const isPlainEquality = (value: Value): boolean =>
  !isPlainObject(value) || !Object.keys(value).some((name) => name.startsWith('$'));

const isDotted = (names: Path): boolean =>
  names.every((name) => !name.includes('.')) && !(names[0] as string).startsWith('$');

function writeLeaf(one: Leaf, choose: Choose): WhereInput {
  const dotted = isDotted(one.path) ? one.path.join('.') : null;
  const asValue = one.type === 'eq' ? literalValue(one.value) : undefined;
  const condition = asValue !== undefined && isPlainEquality(asValue) && choose(2) === 0 ? asValue : operatorOf(one);
  switch (choose(4)) {
    case 0:
      return built(one, dotted !== null && choose(2) === 0 ? dotted : one.path);
    case 1:
      return [[one.path, condition]];
    case 2:
      if (dotted !== null) return objectOf([[dotted, condition]]) as WhereInput;
  }
  return [one.path, condition];
}

function write(predicateToWrite: Predicate, choose: Choose): WhereInput {
  if (predicateToWrite.type === 'not') {
    const negated = write(predicateToWrite.of, choose);
    return choose(2) === 0 ? { $not: negated } : Predicates.not(negated);
  }
  if (isLeaf(predicateToWrite)) return writeLeaf(predicateToWrite, choose);
  const { type, of } = predicateToWrite;
  const parts = of.map((part) => write(part, choose));
  if (type === 'or') return choose(2) === 0 ? { $or: parts } : Predicates.or(...parts);
  // Side by side in an object, where no two have one name, or in a list of pairs, they are an `and`.
  const names = parts.flatMap((part) => (isPlainObject(part) ? Object.keys(part) : []));
  const areObjects = parts.every((part) => isPlainObject(part)) && new Set(names).size === names.length;
  const form = choose(3);
  if (form === 0 && areObjects) return objectOf(parts.flatMap((part) => Object.entries(part))) as WhereInput;
  const leaves = of.filter(isLeaf);
  if (form === 1 && leaves.length === of.length) return leaves.map((one) => [one.path, operatorOf(one)] as const);
  return choose(2) === 0 ? { $and: parts } : Predicates.and(...parts);
}

const read = (input: WhereInput): unknown => {
  const query = parseQuery({ where: input });
  return query.ok ? query.value.where : query.error;
};
const choices = fc.infiniteStream(fc.nat(59));
const chooser =
  (stream: fc.Stream<number>): Choose =>
  (count) =>
    (stream.next().value as number) % count;

describe('QU-1: any condition, written in whatever form', () => {
  test('is read as what was meant', () => {
    const types = new Set<string>();
    fc.assert(
      fc.property(predicate, choices, (meant, stream) => {
        types.add(meant.type);
        expect(read(write(meant, chooser(stream)))).toEqual(canonicalPredicate(meant));
      }),
      { numRuns: 1_500 },
    );
    expect(types.size).toBe(20);
  });

  test('is on the wire what it is, written as it is meant', () => {
    fc.assert(
      fc.property(predicate, choices, (meant, stream) => {
        const off = validateQuery({ where: meant, sort: [], limit: null });
        const query = parseQuery({ where: write(meant, chooser(stream)) });
        expect(off).toEqual(query);
      }),
      { numRuns: 300 },
    );
  });

  test('in `where`, in `predicate`, and half in each, says the same', () => {
    fc.assert(
      fc.property(predicate, predicate, choices, (one, other, stream) => {
        const [first, second] = [write(one, chooser(stream)), write(other, chooser(stream))];
        expect(parseQuery({ predicate: first })).toEqual(parseQuery({ where: first }));
        const both = parseQuery({ where: first, predicate: second });
        expect(both.ok && both.value.where).toEqual(canonicalPredicate({ type: 'and', of: [one, other] }));
        expect(parseQuery({ where: second, predicate: first })).toEqual(both);
      }),
      { numRuns: 300 },
    );
  });

  test('and a writer that takes one word for another is found out', () => {
    const mistaken = (wrong: (meant: Predicate) => Predicate): string | null =>
      findCounterexample(
        fc.property(predicate, choices, (meant, stream) => {
          expect(read(write(wrong(meant), chooser(stream)))).toEqual(canonicalPredicate(meant));
        }),
        1_000,
        5,
      );
    const swapped = (from: string, to: string) => (meant: Predicate) =>
      (meant.type === from ? { ...meant, type: to } : meant) as Predicate;
    expect(mistaken((meant) => meant)).toBeNull();
    expect(mistaken(swapped('gt', 'gte'))).not.toBeNull();
    expect(mistaken(swapped('or', 'and'))).not.toBeNull();
    expect(mistaken(swapped('containsAny', 'containsAll'))).not.toBeNull();
    expect(mistaken((meant) => (meant.type === 'not' ? meant.of : meant))).not.toBeNull();
  });
});
