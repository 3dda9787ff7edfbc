import { sameValue, type Value } from '../../primitives/index.js';
import { literalValue } from '../literal.js';
import type { Literal } from '../query.js';
import { foldCase } from '../text/fold-case.js';
import { hasPart } from '../text/part-of-text.js';

type ValueTest = (value: Value | undefined) => boolean;

/** Whether an array has the value as an item, or a string has it somewhere in it, letter case aside. */
export function compileContains(literal: Literal): ValueTest {
  return containsHow([literal], (values, has) => values.some(has));
}

export function compileContainsAny(literals: readonly Literal[]): ValueTest {
  return containsHow(literals, (values, has) => values.some(has));
}

export function compileContainsAll(literals: readonly Literal[]): ValueTest {
  return containsHow(literals, (values, has) => values.every(has));
}

type Quantify = <T>(wanted: readonly T[], has: (one: T) => boolean) => boolean;

function containsHow(literals: readonly Literal[], quantify: Quantify): ValueTest {
  const values = literals.map(literalValue);
  const parts = values.map((value) => (typeof value === 'string' ? hasPart(foldCase(value)) : null));
  return (container) => {
    if (typeof container === 'string') {
      const text = foldCase(container);
      return quantify(parts, (isIn) => isIn !== null && isIn(text));
    }
    return isArray(container) && quantify(values, (value) => container.some((item) => sameValue(item, value)));
  };
}

const isArray = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
