import type { Value } from '../primitives/index.js';
import { recordAbsentText, SCALAR_FIELD } from '../crdt/index.js';
import type { MapAccess } from './access.js';
import { holds, isAlways, isNever, type Checks, type Condition } from './condition.js';
import type { Effect } from './effect.js';

/** Why an effect is refused. */
export interface AccessRefusal {
  /** `record-absent`: there is no such record, as far as its author can know. */
  readonly code: 'not-permitted' | 'record-absent';
  readonly reason: string;
}

/** What has to be granted, and of which state of the record. */
export interface Demand {
  /** As reasons name it. */
  readonly rule: string;
  readonly condition: Condition;
  readonly record: Value;
}

/**
 * Judges an op by its effect (PI-9). Everything that the effect demands must be granted, of the record as it was and as it would be. Whoever may not read a
 * record is told of it what would be said if there were none. `null`: it is granted. Pure, but for functions of the app.
 */
export function judgeEffect(access: MapAccess, effect: Effect, checks: Checks = 'run'): AccessRefusal | null {
  const { map, key, before, after } = effect;
  const refused = (rule: string): AccessRefusal => refusalOf(access, effect, rule, checks);
  if (before === undefined && after === undefined) {
    const rule = unseenRule(access, effect);
    return rule === null ? null : refused(rule);
  }
  const failed = firstOf(access, effect, (_rule, condition, record) => !holds(condition, map, key, record, checks));
  return failed === null ? null : refused(failed);
}

/** What an effect that shows before or after demands, all of it. */
export function demandsOf(access: MapAccess, effect: Effect): readonly Demand[] {
  const demands: Demand[] = [];
  firstOf(access, effect, (rule, condition, record) => {
    demands.push({ rule, condition, record });
    return false;
  });
  return demands;
}

type Asks = (rule: string, condition: Condition, record: Value) => boolean;

/** Goes through what an effect demands, and stops where it is told to: returns the rule at which it did. Makes nothing: every op comes through here. */
function firstOf(access: MapAccess, effect: Effect, stops: Asks): string | null {
  const { create, update, remove } = access.actions;
  const { before, after, kind, raisesFloor, setsExpiry } = effect;
  if (before !== undefined) {
    // A removal that came too late to end the record still drops what it held.
    if (after === undefined || kind === 'remove') return stops('remove', remove, before) ? 'remove' : null;
    if (stops('update', update, before) || stops('update', update, after)) return 'update';
    if ((raisesFloor || setsExpiry) && stops('remove', remove, before)) return 'remove';
  } else if (after !== undefined) {
    if (stops('create', create, after)) return 'create';
    if (setsExpiry && stops('remove', remove, after)) return 'remove';
  }
  for (const [name, { write }] of access.fields) {
    if (!effect.fields.includes(name) && !effect.fields.includes(SCALAR_FIELD)) continue;
    const rule = `fields.${name}.write`;
    if (before !== undefined && stops(rule, write, before)) return rule;
    if (after !== undefined && stops(rule, write, after)) return rule;
  }
  return null;
}

/**
 * Of an op of which nothing shows, neither before nor after, no condition can be asked. What may never be done is refused; what would be kept, and show
 * when somebody makes the record again, is refused unless it may always be done. Returns the rule that refuses it.
 */
function unseenRule({ actions, fields }: MapAccess, { kind, changes }: Effect): string | null {
  switch (kind) {
    case 'create':
    case 'add':
    case 'count':
      return isNever(actions.create) ? 'create' : null;
    case 'remove':
      return isNever(actions.remove) ? 'remove' : null;
    case 'patch': {
      if (!changes) return isNever(actions.update) ? 'update' : null;
      const isFree = isAlways(actions.update) && [...fields.values()].every(({ write }) => isAlways(write));
      return isFree ? null : 'update';
    }
    case 'discard':
      return isAlways(actions.update) ? null : 'update';
  }
}

function refusalOf(access: MapAccess, effect: Effect, rule: string, checks: Checks): AccessRefusal {
  const { map, key, kind, before } = effect;
  const isKnown = before !== undefined && holds(access.actions.read, map, key, before, checks);
  if (!isKnown && (kind === 'patch' || kind === 'remove')) {
    return { code: 'record-absent', reason: recordAbsentText(map, key) };
  }
  // Of what its author cannot know of, an update is called what its author meant: the making of a record.
  const isMaking = !isKnown && (kind === 'create' || kind === 'add' || kind === 'count');
  return { code: 'not-permitted', reason: reasonOf(access, map, isMaking ? 'create' : rule) };
}

/** Why a rule does not let something happen. */
export function reasonOf({ name }: MapAccess, map: string, rule: string): string {
  if (name === null) return `No rule is for the map ${map}, so nothing is permitted in it.`;
  return `The rule ${rule} of ${name} does not permit this.`;
}
