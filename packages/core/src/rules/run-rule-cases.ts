import type { Value } from '../primitives/index.js';
import type { MapAccess } from './access.js';
import type { Claims } from './claims.js';
import { holds } from './condition.js';
import type { Rules } from './define-rules.js';
import { changedFields } from './changed-fields.js';
import { demandsOf, type Demand } from './judge-effect.js';
import type { Action, Rule } from './rule.js';

/** Something that somebody does, and what the rules are to say to it. */
export interface RuleCase {
  /** What it is about, for the report. */
  readonly name?: string;
  /** Who: the claims of their token. Left out: nobody. */
  readonly as?: Claims;
  readonly action: Action;
  readonly map: string;
  readonly key?: string;
  /** The record as it is. Left out: there is none. */
  readonly before?: Value;
  /** As it would be. Of `create` and `update`. */
  readonly after?: Value;
  /** Which field is read; of `read`. Left out: the record. */
  readonly field?: string;
  readonly expect: 'granted' | 'refused';
  /** The rule that is to refuse it, as `todos.update`. */
  readonly by?: string;
}

/** A case that went otherwise. */
export interface RuleFailure {
  readonly case: RuleCase;
  /** What the rules said; `by`: the rules that refused it. */
  readonly said: 'granted' | 'refused';
  readonly by: readonly string[];
}

/** How often a rule granted and refused. One that says `true` or `false` can do only one of the two. */
export interface RuleCoverage {
  readonly rule: string;
  readonly granted: number;
  readonly refused: number;
  /** It did all that it can do. */
  readonly isCovered: boolean;
}

export interface RuleReport {
  readonly failures: readonly RuleFailure[];
  /** Of every rule that was written down, in their order. */
  readonly coverage: readonly RuleCoverage[];
}

/** Puts the cases to the rules, functions included, and counts which rules they asked. Pure, but for functions of the app. */
export function runRuleCases(rules: Rules, cases: readonly RuleCase[]): RuleReport {
  const asked = new Map(rules.written.map(([name]) => [name, { granted: 0, refused: 0 }]));
  const failures = cases.flatMap((each): RuleFailure[] => {
    const { as = {}, map, key = 'key' } = each;
    const access = rules.for(as).of(map);
    const refusing = demandsIn(access, { ...each, key }).flatMap(({ rule, condition, record }) => {
      const name = `${access.name ?? map}.${rule}`;
      const isGranted = holds(condition, map, key, record, 'run');
      // Where nothing is said of writing a field, what is said of reading it holds.
      const count = asked.get(name) ?? asked.get(name.replace(/\.write$/, '.read'));
      if (count !== undefined) count[isGranted ? 'granted' : 'refused'] += 1;
      return isGranted ? [] : [name];
    });
    const said = refusing.length === 0 ? 'granted' : 'refused';
    const isAsExpected = said === each.expect && (each.by === undefined || refusing.includes(each.by));
    return isAsExpected ? [] : [{ case: each, said, by: [...new Set(refusing)] }];
  });
  const coverage = rules.written.map(([rule, kept]) => {
    const { granted, refused } = asked.get(rule)!;
    return { rule, granted, refused, isCovered: isCovered(kept, granted, refused) };
  });
  return { failures, coverage };
}

function demandsIn(access: MapAccess, { action, map, key = 'key', before, after, field }: RuleCase): readonly Demand[] {
  if (action === 'read') {
    const read: Demand = { rule: 'read', condition: access.actions.read, record: before ?? {} };
    const ofField = field === undefined ? undefined : access.fields.get(field);
    if (ofField === undefined) return [read];
    const condition = { type: 'constant', holds: ofField.isReadable } as const;
    return [read, { rule: `fields.${field}.read`, condition, record: read.record }];
  }
  const next = action === 'remove' ? undefined : (after ?? before ?? {});
  return demandsOf(access, {
    map,
    key,
    kind: action === 'update' ? 'patch' : action,
    // What is removed was there.
    before: action === 'remove' ? (before ?? {}) : before,
    after: next,
    fields: next === undefined ? [] : changedFields(before, next),
    raisesFloor: false,
    setsExpiry: false,
    changes: true,
  });
}

function isCovered(rule: Rule, granted: number, refused: number): boolean {
  if (rule.type === 'constant') return rule.holds ? granted > 0 : refused > 0;
  return granted > 0 && refused > 0;
}
