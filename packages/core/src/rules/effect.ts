import { isVisible, materialize, type LwwRecord, type Op } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';

/** What an op does to its record, whatever it is called: what rules judge. `State`: what a state of the record is given as. */
export interface Effect<State = Value> {
  readonly map: string;
  readonly key: string;
  readonly kind: Op['kind'];
  /** What shows of the record before; `undefined`: nothing does. */
  readonly before: State | undefined;
  readonly after: State | undefined;
  /** Fields of a record that the op names. Also those that it leaves as they are: whether it does must not show. */
  readonly fields: readonly string[];
  /** What was written before a moment is dropped from the record. */
  readonly raisesFloor: boolean;
  /** The record has another end than before. */
  readonly setsExpiry: boolean;
  /** Anything at all is otherwise, be it something that does not show. */
  readonly changes: boolean;
}

/** The effect of an op that makes `after` of `before`. Pure. `shown`: what shows of a record. */
export function effectOf(
  op: Op,
  before: LwwRecord | undefined,
  after: LwwRecord,
  shown: (record: LwwRecord) => Value | undefined = materialize,
): Effect {
  const show = (record: LwwRecord | undefined): Value | undefined => record && shown(record);
  const effect = recordEffectOf(op, before, after);
  return { ...effect, before: show(effect.before), after: show(effect.after) };
}

/** The same, of which nothing is made but what somebody asks for. Pure. */
export function recordEffectOf(op: Op, before: LwwRecord | undefined, after: LwwRecord): Effect<LwwRecord> {
  return {
    map: op.map,
    key: op.key,
    kind: op.kind,
    before: before !== undefined && isVisible(before) ? before : undefined,
    after: isVisible(after) ? after : undefined,
    fields: op.kind === 'create' || op.kind === 'patch' ? op.fields.map(({ name }) => name) : [],
    raisesFloor: after.floor > (before?.floor ?? ''),
    setsExpiry: (after.expiry?.at ?? null) !== (before?.expiry?.at ?? null),
    changes: before !== after,
  };
}
