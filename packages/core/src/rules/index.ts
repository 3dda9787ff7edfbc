export { bindAccess, NO_ACCESS, type Access, type FieldAccess, type MapAccess, type ThrownRule } from './access.js';
export { auth, grantsText, type ClaimRef, type Claims, type ScalarClaim } from './claims.js';
export { allOf, anyOf, hasClaim, hasRole, signedIn } from './combine-rules.js';
export { defineRules, type Rules, type TokenAccess } from './define-rules.js';
export { effectOf, recordEffectOf, type Effect } from './effect.js';
export { judgeEffect, judgeRecordEffect, type AccessRefusal } from './judge-effect.js';
export type { Intention, Permission } from './preview.js';
export type {
  Action,
  CheckContext,
  FieldRulesInput,
  MapRulesInput,
  Rule,
  RuleInput,
  RulesInput,
  RuleWhere,
} from './rule.js';
export type { FieldRulesFor, MapRulesFor, RuleFor, RulesFor, RuleWhereFor } from './rules-for.js';
export { runRuleCases, type RuleCase, type RuleCoverage, type RuleFailure, type RuleReport } from './run-rule-cases.js';
export { createPatterns } from './map-pattern.js';
export { seenValue } from './seen-value.js';
export { visibilityOf, type Visibility } from './visibility.js';
