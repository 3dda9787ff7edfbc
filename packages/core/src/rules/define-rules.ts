import { isPlainObject } from '../primitives/index.js';
import { bindAccess, type Access } from './access.js';
import { badRule } from './bad-rule.js';
import { checkWhere } from './bind-rule.js';
import type { Claims } from './claims.js';
import { toRule } from './combine-rules.js';
import { createPatterns } from './map-pattern.js';
import { previewIntention, type Intention, type Permission } from './preview.js';
import { ACTIONS, type MapRules, type Rule, type RulesInput } from './rule.js';

/** Who may do what, for any token: what {@link defineRules} makes. */
export interface Rules {
  /** What the bearer of a token may do; `{}`: nobody in particular. */
  for(claims: Claims): TokenAccess;
}

export interface TokenAccess extends Access {
  /** What the rules would say, as far as a device can know. */
  preview(intention: Intention): Permission;
}

/**
 * Says who may read and write what. One definition for the server, which decides, and for the client, which shows beforehand what the server
 * would say. With rules, whatever none of them grants is denied: maps that no name or pattern is for, and actions that a map's rules leave out.
 *
 * @throws TopGunError `bad-rule` where something could mean nothing
 *
 * @example
 * const rules = defineRules({
 *   todos: {
 *     read: { where: { ownerId: auth.sub } },
 *     create: { where: { ownerId: auth.sub } },
 *     update: { where: { ownerId: auth.sub } },
 *     remove: hasRole('admin'),
 *   },
 * });
 */
export function defineRules(input: RulesInput): Rules {
  const of = createPatterns(Object.entries(input).map(([name, rules]) => [name, mapRules(name, rules)]));
  return {
    for(claims) {
      const access = bindAccess(of, claims);
      return { ...access, preview: (intention) => previewIntention(access.of(intention.map), intention) };
    },
  };
}

function mapRules(name: string, input: RulesInput[string]): MapRules {
  const { fields = {}, ...actions } = members(name, input, [...ACTIONS, 'fields']);
  const rules = Object.entries(members(`${name}.fields`, fields)).map(([field, given]) => {
    const place = `${name}.fields.${field}`;
    const { read = true, write = read } = members(place, given, ['read', 'write']);
    const [reads, writes] = [ruleAt(`${place}.read`, read), ruleAt(`${place}.write`, write)];
    if (!isOfToken(reads))
      throw badRule(`${place}.read`, 'depends on the record; who may read a field is said by the token alone.');
    return [field, { read: reads, write: writes }] as const;
  });
  const byAction = ACTIONS.map((action) => [action, ruleAt(`${name}.${action}`, actions[action] ?? false)] as const);
  return { name, actions: Object.fromEntries(byAction) as MapRules['actions'], fields: new Map(rules) };
}

/** The members of what has to be an object; of other names it must have none. */
function members(place: string, input: unknown, names?: readonly string[]): { readonly [name: string]: unknown } {
  if (!isPlainObject(input)) throw badRule(place, 'is an object.');
  const stranger = names && Object.keys(input).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw badRule(place, `has no ${JSON.stringify(stranger)}; there is ${names!.join(', ')}.`);
  return input;
}

function ruleAt(place: string, input: unknown): Rule {
  const rule = toRule(input as never, place);
  checkConditions(rule, place);
  return rule;
}

function checkConditions(rule: Rule, place: string): void {
  if (rule.type === 'where') checkWhere(rule.where, place);
  else if (rule.type === 'any' || rule.type === 'all') for (const part of rule.of) checkConditions(part, place);
}

function isOfToken(rule: Rule): boolean {
  if (rule.type === 'any' || rule.type === 'all') return rule.of.every(isOfToken);
  return rule.type === 'constant' || rule.type === 'claim';
}
