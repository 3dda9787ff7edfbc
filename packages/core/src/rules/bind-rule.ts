import { isBytes, isPlainObject } from '../primitives/index.js';
import { describeQueryError, parseQuery, type Predicate } from '../query/index.js';
import { badRule } from './bad-rule.js';
import { claimAt, claimPath, type Claims } from './claims.js';
import { combined, DENIED, GRANTED, whereCondition, type Condition } from './condition.js';
import type { CheckContext, Rule, RuleWhere } from './rule.js';

/** What a rule comes to for this token. What compares with a claim that the token has not got denies, whatever it says. */
export function bindRule(rule: Rule, claims: Claims, onThrow?: (map: string, error: unknown) => void): Condition {
  switch (rule.type) {
    case 'constant':
      return rule.holds ? GRANTED : DENIED;
    case 'claim': {
      const said = claimAt(claims, rule.path);
      const isMet =
        rule.value === undefined ? said !== undefined : (Array.isArray(said) ? said : [said]).includes(rule.value);
      return isMet ? GRANTED : DENIED;
    }
    case 'where': {
      const where = bindWhere(rule.where, claims);
      return where === null ? DENIED : whereCondition(where);
    }
    case 'check':
      return {
        type: 'check',
        check: rule.check,
        auth: claims,
        name: checkName(rule.check),
        ...(onThrow === undefined ? {} : { onThrow }),
      };
    case 'any':
    case 'all':
      return combined(
        rule.type,
        rule.of.map((part) => bindRule(part, claims, onThrow)),
      );
  }
}

/** Throws `bad-rule` where conditions could be read for no token at all. */
export function checkWhere(where: RuleWhere, place: string): void {
  const read = parseQuery({
    where: filled(where, (_path, operator) => (OF_LISTS.has(operator) ? ['claim'] : 'claim')) as never,
  });
  if (!read.ok) throw badRule(place, `is no condition: ${describeQueryError(read.error)}`);
  if (hasMatch(read.value.where)) throw badRule(place, 'uses $match, which typing errors meet too');
}

function hasMatch(where: Predicate): boolean {
  if (where.type === 'not') return hasMatch(where.of);
  return where.type === 'match' || ((where.type === 'and' || where.type === 'or') && where.of.some(hasMatch));
}

/** Whose operand is a list. */
const OF_LISTS: ReadonlySet<string> = new Set(['$in', '$nin', '$containsAny', '$containsAll']);

function bindWhere(where: RuleWhere, claims: Claims): Predicate | null {
  let isMissing = false;
  const bound = filled(where, (path) => {
    const claim = claimAt(claims, path);
    if (claim === undefined) isMissing = true;
    return claim ?? null;
  });
  // Also within a negation, which nothing would meet: what is not known is not granted.
  if (isMissing) return null;
  const query = parseQuery({ where: bound as never });
  return query.ok ? query.value.where : null;
}

/** The conditions with values in the place of claims; a list is a list for an operator, and a value to equal elsewhere. */
function filled(
  part: unknown,
  claimOf: (path: readonly string[], operator: string) => unknown,
  name: string = '',
): unknown {
  const path = claimPath(part);
  if (path !== undefined) return claimOf(path, name);
  if (Array.isArray(part)) return part.map((inner: unknown) => filled(inner, claimOf));
  if (!isPlainObject(part) || isBytes(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, filled(inner, claimOf, name)]));
}

const names = new WeakMap<(context: CheckContext) => boolean, string>();
let named = 0;

function checkName(check: (context: CheckContext) => boolean): string {
  let name = names.get(check);
  if (name === undefined) names.set(check, (name = `check-${(named += 1)}`));
  return name;
}
