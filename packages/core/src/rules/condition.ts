import type { LwwRecord } from '../crdt/index.js';
import { canonicalJson, type Value } from '../primitives/index.js';
import { compilePredicate, compilePredicateOn, type Predicate, type RowTest } from '../query/index.js';
import { grantsText, type Claims } from './claims.js';
import { compileFieldPath, showsFields, type FieldsTest } from './record-fields.js';
import type { CheckContext } from './rule.js';

/** A rule for one token: what a record has to meet. There is no negation, so what grants more never denies. */
export type Condition =
  | { readonly type: 'constant'; readonly holds: boolean }
  | {
      readonly type: 'where';
      readonly where: Predicate;
      readonly test: RowTest;
      /** The same of a record that shows its fields. */
      readonly testFields: FieldsTest;
    }
  | {
      readonly type: 'check';
      readonly check: (context: CheckContext) => boolean;
      readonly auth: Claims;
      /** Is told what it throws, which denies. */
      readonly onThrow?: (map: string, error: unknown) => void;
      /** The same for the same function and the same grants. */
      readonly name: string;
    }
  | { readonly type: 'any' | 'all'; readonly of: readonly Condition[] };

export const GRANTED: Condition = { type: 'constant', holds: true };
export const DENIED: Condition = { type: 'constant', holds: false };

export const whereCondition = (where: Predicate): Condition => ({
  type: 'where',
  where,
  test: compilePredicate(where),
  testFields: compilePredicateOn(where, compileFieldPath),
});

export const isAlways = (condition: Condition): boolean => condition.type === 'constant' && condition.holds;
export const isNever = (condition: Condition): boolean => condition.type === 'constant' && !condition.holds;

/** Simplified: a constant only where nothing depends on the record. */
export function combined(type: 'any' | 'all', parts: readonly Condition[]): Condition {
  const [decides, decidesNothing] = type === 'any' ? [isAlways, isNever] : [isNever, isAlways];
  const deciding = parts.find(decides);
  if (deciding !== undefined) return deciding;
  const of = parts.filter((part) => !decidesNothing(part));
  if (of.length === 0) return type === 'any' ? DENIED : GRANTED;
  return of.length === 1 ? of[0]! : { type, of };
}

/** How functions of the app are taken: `run` where they can be, `assume` that they grant where they cannot. */
export type Checks = 'run' | 'assume';

/** Whether a record meets it. What a function throws denies. */
export function holds(condition: Condition, map: string, key: string, record: Value, checks: Checks): boolean {
  switch (condition.type) {
    case 'constant':
      return condition.holds;
    case 'where':
      return condition.test(key, record);
    case 'any':
      return condition.of.some((part) => holds(part, map, key, record, checks));
    case 'all':
      return condition.of.every((part) => holds(part, map, key, record, checks));
    case 'check': {
      if (checks === 'assume') return true;
      try {
        return condition.check({ auth: condition.auth, map, key, record }) === true;
      } catch (error) {
        condition.onThrow?.(map, error);
        return false;
      }
    }
  }
}

/**
 * The same of a record that shows: conditions read the fields that they name, and nothing is made of the others. What shows of it, `shown` says.
 */
export function recordHolds(
  condition: Condition,
  map: string,
  key: string,
  record: LwwRecord,
  shown: (record: LwwRecord) => Value | undefined,
): boolean {
  switch (condition.type) {
    case 'constant':
      return condition.holds;
    case 'where':
      if (showsFields(record)) return condition.testFields(key, record.fields);
      break;
    case 'any':
      for (const part of condition.of) if (recordHolds(part, map, key, record, shown)) return true;
      return false;
    case 'all':
      for (const part of condition.of) if (!recordHolds(part, map, key, record, shown)) return false;
      return true;
    case 'check':
      break;
  }
  const value = shown(record);
  return value !== undefined && holds(condition, map, key, value, 'run');
}

/** What every record that meets it meets, in the query language: for finding them. `null`: nothing is known. */
export function impliedPredicate(condition: Condition): Predicate | null {
  switch (condition.type) {
    case 'constant':
      return condition.holds ? null : { type: 'or', of: [] };
    case 'where':
      return condition.where;
    case 'check':
      return null;
    case 'any':
    case 'all': {
      const parts = condition.of.map(impliedPredicate);
      const of = parts.filter((part) => part !== null);
      if (condition.type === 'all') return of.length === 0 ? null : { type: 'and', of };
      return of.length < parts.length ? null : { type: 'or', of };
    }
  }
}

/** Conditions with one text are met by the same records. */
export function conditionText(condition: Condition): string {
  switch (condition.type) {
    case 'constant':
      return String(condition.holds);
    case 'where':
      return canonicalJson(condition.where as unknown as Value);
    case 'check':
      return `${condition.name}(${grantsText(condition.auth)})`;
    case 'any':
    case 'all':
      return `${condition.type}(${condition.of.map(conditionText).join()})`;
  }
}
