import type { Value } from '../primitives/index.js';
import type { Claims, ScalarClaim } from './claims.js';

/** What is done to records. */
export type Action = 'read' | 'create' | 'update' | 'remove';

export const ACTIONS: readonly Action[] = ['read', 'create', 'update', 'remove'];

/** What a function of an app is told. The same for the record as it was, and as it would be. */
export interface CheckContext {
  readonly auth: Claims;
  readonly map: string;
  readonly key: string;
  /** What shows of the record. */
  readonly record: Value;
}

/** Conditions as in a query, in which places of the token may stand for values. */
export type RuleWhere = { readonly [path: string]: unknown };

/**
 * When something is granted: always, never, for records that meet conditions, by what the token says, by a function, or by one of several.
 * A function runs on the server alone; it is pure, and what it throws denies.
 */
export type RuleInput =
  | boolean
  | { readonly where: RuleWhere }
  | { readonly check: (context: CheckContext) => boolean }
  | Rule
  | readonly RuleInput[];

/** A rule as it is kept. */
export type Rule =
  | { readonly type: 'constant'; readonly holds: boolean }
  /** `value: undefined`: whatever it says. */
  | { readonly type: 'claim'; readonly path: readonly string[]; readonly value: ScalarClaim | undefined }
  | { readonly type: 'where'; readonly where: RuleWhere }
  | { readonly type: 'check'; readonly check: (context: CheckContext) => boolean }
  | { readonly type: 'any' | 'all'; readonly of: readonly Rule[] };

/** Rules of one field; without `write`, that of `read` holds for both. Who may read is said by the token alone. */
export interface FieldRulesInput {
  readonly read?: RuleInput;
  readonly write?: RuleInput;
}

/** What is not granted is denied. */
export interface MapRulesInput {
  readonly read?: RuleInput;
  readonly create?: RuleInput;
  readonly update?: RuleInput;
  readonly remove?: RuleInput;
  /** Further conditions, on single top-level fields of records. */
  readonly fields?: { readonly [field: string]: FieldRulesInput };
}

/** By name of a map, or by a pattern in which `*` is any run of characters. */
export interface RulesInput {
  readonly [map: string]: MapRulesInput;
}

/** The rules of one field. */
export interface FieldRules {
  readonly read: Rule;
  readonly write: Rule;
}

/** The rules of the maps that a name or a pattern is for. */
export interface MapRules {
  /** The name or pattern, as it was written. */
  readonly name: string;
  readonly actions: Readonly<Record<Action, Rule>>;
  readonly fields: ReadonlyMap<string, FieldRules>;
  /** Those of the rules that were written down, as reasons name them: `read`, `fields.pay.write`. */
  readonly written: readonly (readonly [rule: string, Rule])[];
}
