import type { Value } from '../../primitives/index.js';
import type { Predicate } from '../query.js';
import type { StepWork } from '../step-work.js';
import { compileMatchSteps } from './compile-match.js';
import { compilePredicate } from './compile-predicate.js';

/** Whether a row meets the predicate, in steps where words are to be read for it: a text may be long. */
export type RowSteps = (key: string, value: Value) => Generator<void, boolean>;

/** What `compilePredicate` says, in steps. `work`: what is done in a step, of many rows and of other things too. */
export const compilePredicateSteps = (predicate: Predicate, work: StepWork): RowSteps => allOf([predicate], work);

/** Words are read last, and only where nothing else decides. */
function allOf(parts: readonly Predicate[], work: StepWork): RowSteps {
  const holds = compilePredicate({ type: 'and', of: parts.filter((part) => !readsWords(part)) });
  const worded = parts.filter(readsWords).map((part) => stepsOf(part, work));
  return function* (key, value) {
    if (!holds(key, value)) return false;
    for (const steps of worded) if (!(yield* steps(key, value))) return false;
    return true;
  };
}

function anyOf(parts: readonly Predicate[], work: StepWork): RowSteps {
  const holds = compilePredicate({ type: 'or', of: parts.filter((part) => !readsWords(part)) });
  const worded = parts.filter(readsWords).map((part) => stepsOf(part, work));
  return function* (key, value) {
    if (holds(key, value)) return true;
    for (const steps of worded) if (yield* steps(key, value)) return true;
    return false;
  };
}

function stepsOf(predicate: Predicate, work: StepWork): RowSteps {
  switch (predicate.type) {
    case 'and':
      return allOf(predicate.of, work);
    case 'or':
      return anyOf(predicate.of, work);
    case 'not': {
      const steps = stepsOf(predicate.of, work);
      return function* (key, value) {
        return !(yield* steps(key, value));
      };
    }
    case 'match':
      return compileMatchSteps(predicate, work);
    default:
      return allOf([predicate], work);
  }
}

function readsWords(predicate: Predicate): boolean {
  switch (predicate.type) {
    case 'and':
    case 'or':
      return predicate.of.some(readsWords);
    case 'not':
      return readsWords(predicate.of);
    default:
      return predicate.type === 'match';
  }
}
