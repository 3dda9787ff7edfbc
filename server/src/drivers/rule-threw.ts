import type { ThrownRule } from '@topgun/core/rules';
import type { AuditEntry } from '../ports/audit-log.js';
import type { Identity } from '../ports/identity.js';

/** RU-1: it denies; but a function that throws is a fault of the app, which somebody has to hear of. What it says may hold what is stored, so only its name is told. */
export function ruleThrew({ rule, map, error }: ThrownRule, identity: Identity | null): AuditEntry {
  const name = error instanceof Error ? error.name : typeof error;
  const who = identity === null ? {} : { principal: identity.principal };
  return { event: 'rule-threw', ...who, rule, map, error: name };
}
