import type { Value } from '../primitives/index.js';
import { recordAbsentText, SCALAR_FIELD, type LwwRecord } from '../crdt/index.js';
import type { MapAccess } from './access.js';
import { holds, isAlways, isNever, recordHolds, type Checks, type Condition } from './condition.js';
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
  const { map, key } = effect;
  return judge(access, effect, (condition, value) => holds(condition, map, key, value, checks));
}

/** The same of records themselves: of what shows of them nothing is made but what conditions ask for. */
export function judgeRecordEffect(
  access: MapAccess,
  effect: Effect<LwwRecord>,
  shown: (record: LwwRecord) => Value | undefined,
): AccessRefusal | null {
  const { map, key } = effect;
  return judge(access, effect, (condition, record) => recordHolds(condition, map, key, record, shown));
}

type Meets<State> = (condition: Condition, state: State) => boolean;

function judge<State>(access: MapAccess, effect: Effect<State>, meets: Meets<State>): AccessRefusal | null {
  const { before, after } = effect;
  const failed =
    before === undefined && after === undefined
      ? unseenRule(access, effect)
      : firstOf(access, effect, (_rule, condition, state) => !meets(condition, state));
  return failed === null ? null : refusalOf(access, effect, failed, meets);
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

type Asks<State> = (rule: string, condition: Condition, state: State) => boolean;

/** Goes through what an effect demands, and stops where it is told to: returns the rule at which it did. Makes nothing: every op comes through here. */
function firstOf<State>(access: MapAccess, effect: Effect<State>, stops: Asks<State>): string | null {
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
  if (access.fields.size === 0) return null;
  const isWhole = effect.fields.includes(SCALAR_FIELD);
  for (const [name, { write }] of access.fields) {
    if (!isWhole && !effect.fields.includes(name)) continue;
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
function unseenRule({ actions, fields }: MapAccess, { kind, changes }: Effect<unknown>): string | null {
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

function refusalOf<State>(access: MapAccess, effect: Effect<State>, rule: string, meets: Meets<State>): AccessRefusal {
  const { map, key, kind, before } = effect;
  const isKnown = before !== undefined && meets(access.actions.read, before);
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
