import { isPlainObject } from '../primitives/index.js';
import type { SchemaDefinition } from '../schema/index.js';
import { bindAccess, type Access, type ThrownRule } from './access.js';
import { badRule } from './bad-rule.js';
import { checkWhere } from './bind-rule.js';
import type { Claims } from './claims.js';
import { toRule } from './combine-rules.js';
import { createPatterns } from './map-pattern.js';
import { previewIntention, type Intention, type Permission } from './preview.js';
import { ACTIONS, type MapRules, type Rule, type RulesInput } from './rule.js';
import type { RulesFor } from './rules-for.js';

/** Who may do what, for any token: what {@link defineRules} makes. */
export interface Rules {
  /** What the bearer of a token may do; `{}`: nobody in particular. `onThrow` is told of functions of the app that throw, which denies. */
  for(claims: Claims, onThrow?: (thrown: ThrownRule) => void): TokenAccess;
  /** Every rule that was written down, by the name that refusals give it: `todos.read`, `staff.fields.pay.write`. */
  readonly written: readonly (readonly [name: string, Rule])[];
}

export interface TokenAccess extends Access {
  /** What the rules would say, as far as a device can know. */
  preview(intention: Intention): Permission;
}

/**
 * Says who may read and write what. One definition for the server, which decides, and for the client, which shows beforehand what the server
 * would say. With rules, whatever none of them grants is denied: maps that no name or pattern is for, and actions that a map's rules leave out.
 *
 * With the types of an app, `defineRules<Schema>({ … })`, or its schema, `defineRules({ … }, schema)`, the compiler sees to it that rules are about maps and fields that there are (RU-9).
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
export function defineRules(input: RulesInput): Rules;
export function defineRules<S extends object>(input: RulesFor<S>): Rules;
export function defineRules<S extends object>(input: RulesFor<NoInfer<S>>, schema: SchemaDefinition<S, object>): Rules;
export function defineRules(input: object): Rules {
  const all = Object.entries(input as RulesInput).map(([name, rules]) => [name, mapRules(name, rules)] as const);
  const of = createPatterns(all);
  return {
    written: all.flatMap(([name, { written }]) => written.map(([rule, kept]) => [`${name}.${rule}`, kept] as const)),
    for(claims, onThrow) {
      const access = bindAccess(of, claims, onThrow);
      return { ...access, preview: (intention) => previewIntention(access.of(intention.map), intention) };
    },
  };
}

function mapRules(name: string, input: RulesInput[string]): MapRules {
  const { fields = {}, ...given } = members(name, input, [...ACTIONS, 'fields']);
  const written: [rule: string, Rule][] = [];
  const read = (rule: string, what: unknown): Rule => {
    const kept = ruleAt(`${name}.${rule}`, what);
    written.push([rule, kept]);
    return kept;
  };
  const actions = ACTIONS.map((action) => {
    const what = given[action];
    return [action, what === undefined ? toRule(false) : read(action, what)] as const;
  });
  const rules = Object.entries(members(`${name}.fields`, fields)).map(([field, what]) => {
    const place = `fields.${field}`;
    const { read: reading, write } = members(`${name}.${place}`, what, ['read', 'write']);
    const reads = reading === undefined ? toRule(true) : read(`${place}.read`, reading);
    const writes = write === undefined ? reads : read(`${place}.write`, write);
    if (isOfToken(reads)) return [field, { read: reads, write: writes }] as const;
    throw badRule(`${name}.${place}.read`, 'depends on the record; who may read a field is said by the token alone.');
  });
  return { name, actions: Object.fromEntries(actions) as MapRules['actions'], fields: new Map(rules), written };
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
