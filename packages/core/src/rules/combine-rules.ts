import { isPlainObject } from '../primitives/index.js';
import { badRule } from './bad-rule.js';
import { auth, claimPath, type ClaimRef, type ScalarClaim } from './claims.js';
import type { Rule, RuleInput } from './rule.js';

/** All of them must grant. */
export const allOf = (...rules: readonly RuleInput[]): Rule =>
  make({ type: 'all', of: rules.map((rule) => toRule(rule)) });

/** One of them is enough: what a list is too. */
export const anyOf = (...rules: readonly RuleInput[]): Rule =>
  make({ type: 'any', of: rules.map((rule) => toRule(rule)) });

/** The token says this there, or a list with this in it. */
export const hasClaim = (claim: ClaimRef | undefined, value: ScalarClaim): Rule =>
  make({ type: 'claim', path: pathOf(claim), value });

/** The claim `role` is this, or the claim `roles` holds it. */
export const hasRole = (role: string): Rule =>
  make({ type: 'any', of: [hasClaim(auth.role, role), hasClaim(auth.roles, role)] });

/** Whoever has shown a token. */
export const signedIn = (): Rule => make({ type: 'claim', path: ['sub'], value: undefined });

/** What these make is told from what merely looks like it. */
const made = new WeakSet<object>();

function make<R extends Rule>(rule: R): R {
  made.add(rule);
  return rule;
}

/** A rule as it is written, as it is kept. Throws `bad-rule`. */
export function toRule(input: RuleInput, place = 'a rule'): Rule {
  if (typeof input === 'boolean') return make({ type: 'constant', holds: input });
  if (Array.isArray(input)) return make({ type: 'any', of: input.map((part: RuleInput) => toRule(part, place)) });
  if (typeof input !== 'object' || input === null) throw badRule(place, 'is no rule.');
  if (made.has(input)) return input as Rule;
  const { where, check, ...rest } = input as { readonly [name: string]: unknown };
  const isOne = Object.keys(rest).length === 0 && (where === undefined) !== (check === undefined);
  if (isOne && typeof check === 'function') return make({ type: 'check', check: check as never });
  if (isOne && isPlainObject(where) && claimPath(where) === undefined) return make({ type: 'where', where });
  throw badRule(
    place,
    'is true, false, { where }, { check }, a list, or made by hasRole, hasClaim, signedIn(), allOf, anyOf.',
  );
}

function pathOf(claim: ClaimRef | undefined): readonly string[] {
  const path = claimPath(claim);
  if (path === undefined || path.length === 0) throw badRule('hasClaim', 'takes a place in the token, as auth.roles.');
  return path;
}
