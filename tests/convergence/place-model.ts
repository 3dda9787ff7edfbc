import {
  applyDecided,
  EMPTY_RECORD,
  materialize,
  type AddOp,
  type DiscardOp,
  type LwwRecord,
  type Op,
} from '../../packages/core/src/crdt/index.js';
import { modelSet } from '../../packages/core/src/crdt/set-model.arbitrary.js';
import { stampReplica, type Stamp } from '../../packages/core/src/clock/index.js';
import { canonicalJson, type Value } from '../../packages/core/src/primitives/index.js';
import type { WireMark } from '../../server/src/services/persistence/segment.js';

/** What one key of one map means by the ops the ledger holds of it. A set is judged by its definition and a counter by a sum: no register has a part in it. */
export class PlaceModel {
  /** As registers: what is stored. `undefined`: nothing is left of it. */
  record: LwwRecord | undefined;
  /** When the ledger last took something of it. */
  takenAt = 0;
  /** Whether something of it was forgotten (CR-10), or refused with its transaction: edits of it may then find no record. */
  wasForgotten = false;
  #setOps: (AddOp | DiscardOp)[] = [];
  #total: number | undefined;
  #shown: { readonly value: Value | undefined } | null = null;

  take(op: Op, now: number): void {
    this.record = applyDecided(this.record ?? EMPTY_RECORD, op);
    this.takenAt = now;
    this.#shown = null;
    if (op.kind === 'count') this.#total = (this.#total ?? 0) + op.delta;
    if (op.kind === 'add' || op.kind === 'discard') this.#setOps.push(op);
  }

  /** False: there is no such thing. */
  forget([, , stamp, field]: WireMark): boolean {
    const { record } = this;
    if (record === undefined) return false;
    this.wasForgotten = true;
    this.#shown = null;
    if (field === undefined) {
      this.record = undefined;
      return record.existence?.op === 'remove' && record.existence.stamp === stamp;
    }
    const fields = new Map([...record.fields].filter(([name]) => name !== field));
    const isSet = record.existence?.op === 'set';
    this.record = isSet && fields.size === 0 ? undefined : { ...record, fields };
    // As if nobody had ever given that tag, nor those of the same replica which it took the place of.
    const isGone = (value: Value, tag: Stamp): boolean =>
      tag <= stamp && `${canonicalJson(value)} ${stampReplica(tag)}` === field;
    this.#setOps = this.#setOps
      .map((op) => ({ ...op, tags: op.tags.filter((tag) => !isGone(op.value, tag)) }))
      // Tags of others that it took away are forgotten one by one, each when its own time comes.
      .map((op) => (op.kind === 'add' && isGone(op.value, op.stamp) ? { ...op, kind: 'discard' as const } : op));
    return record.fields.get(field)?.stamp === stamp;
  }

  /** When it ends, if it does. */
  get endsAt(): number {
    const { existence, expiry } = this.record ?? EMPTY_RECORD;
    return existence?.op === 'create' ? (expiry?.at ?? Infinity) : Infinity;
  }

  /** What shows of it at that time. */
  value(now: number): Value | undefined {
    return this.endsAt <= now ? undefined : this.lastingValue;
  }

  /** What shows of it until it ends. */
  get lastingValue(): Value | undefined {
    this.#shown ??= { value: this.#value() };
    return this.#shown.value;
  }

  #value(): Value | undefined {
    if (this.#total !== undefined) return this.#total;
    if (this.#setOps.length === 0) return materialize(this.record);
    const texts = modelSet(this.#setOps);
    return texts.length === 0 ? undefined : texts.map((text): Value => JSON.parse(text) as Value);
  }
}
