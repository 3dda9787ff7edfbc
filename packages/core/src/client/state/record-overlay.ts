import {
  applyOp,
  EMPTY_RECORD,
  expiresAt,
  isCounted,
  materialize,
  mergeRecords,
  pendingCounterValue,
  typeOfOp,
  typeOfRecord,
  withExpiry,
} from '../../crdt/index.js';
import type { CountOp, LwwRecord, MapType, Op, OpId } from '../../crdt/index.js';
import { sameValue, type Value } from '../../primitives/index.js';
import type { Change } from '../../query/index.js';

/** CR-9: what time it is at the server, and who wants to know when a record of the map ends. */
export interface Ending {
  now(): number;
  note(key: string, at: number | null): void;
}

/**
 * CL-2: one map's records as *base* (confirmed) ⊕ *pending* (undecided ops), and their values.
 *
 * A record whose end has come is, to whoever asks, one with the removal merged that the server is going to decide (CR-9).
 *
 * Holds no listener and does no I/O. Every method costs what one record costs, whatever the size of the
 * map. Each returns the change of the visible value, or `undefined` when there is none: a value keeps its
 * identity until it differs.
 */
export class RecordOverlay {
  readonly #base = new Map<string, LwwRecord>();
  /** Keys with pending ops only; the ops in the order they came. */
  readonly #pending = new Map<string, Op[]>();
  /** base ⊕ pending, for keys with pending ops; for the others base is it. */
  readonly #merged = new Map<string, LwwRecord>();
  readonly #values = new Map<string, Value>();
  readonly #ending: Ending;
  /** Keys whose record has an end, come or not. */
  readonly #ends = new Set<string>();

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  /** Visible values by key. Not to be altered. */
  get values(): ReadonlyMap<string, Value> {
    return this.#values;
  }

  /** The merged record: what a write is planned against. */
  record(key: string): LwwRecord | undefined {
    const held = this.#held(key);
    return held === undefined || held.expiry === null ? held : withExpiry(held, this.#ending.now());
  }

  /** Keys whose record has an end that has come, or is to come. */
  endingKeys(): Iterable<string> {
    return this.#ends;
  }

  /** Looks at the record again: its end may have come, or may turn out not to have. */
  lookAgain(key: string): Change | undefined {
    return this.#refresh(key, this.#held(key));
  }

  base(key: string): LwwRecord | undefined {
    return this.#base.get(key);
  }

  baseRecords(): ReadonlyMap<string, LwwRecord> {
    return this.#base;
  }

  pendingOps(key: string): readonly Op[] {
    return this.#pending.get(key) ?? [];
  }

  /** What the map holds, as far as anything here tells; what was confirmed counts before what is pending. */
  type(): MapType | null {
    for (const record of this.#base.values()) {
      const type = typeOfRecord(record);
      if (type !== null) return type;
    }
    for (const [op] of this.#pending.values()) if (op !== undefined) return typeOfOp(op);
    return null;
  }

  /** Whether what is confirmed of the counter has the delta in it (CR-7). */
  isCounted(op: CountOp): boolean {
    return isCounted(this.#base.get(op.key), op);
  }

  isPending(key: string): boolean {
    return this.#pending.has(key);
  }

  *allPendingOps(): Iterable<Op> {
    for (const ops of this.#pending.values()) yield* ops;
  }

  pendingKeys(): Iterable<string> {
    return this.#pending.keys();
  }

  /** Adds a pending op that is new. Costs the same however many are pending. */
  add(op: Op): Change | undefined {
    const ops = this.#pending.get(op.key);
    if (ops === undefined) this.#pending.set(op.key, [op]);
    else ops.push(op);
    if (op.kind === 'count') return this.#count(op);
    return this.#show(op.key, applyOp(this.#held(op.key) ?? EMPTY_RECORD, op));
  }

  /** Adds a pending op, or puts it in the place of the one with its id (re-stamped, or told of twice). */
  put(op: Op): Change | undefined {
    const ops = this.#pending.get(op.key);
    const at = ops === undefined ? -1 : indexOf(ops, op);
    if (ops === undefined || at === -1) return this.add(op);
    if (isSameOp(ops[at], op)) return undefined;
    ops[at] = op;
    return this.#rebuild(op.key);
  }

  /** The op goes on under another id and stamp. */
  replace(old: OpId & { readonly key: string }, next: Op): Change | undefined {
    const ops = this.#pending.get(old.key);
    const at = ops === undefined ? -1 : indexOf(ops, old);
    if (ops === undefined || at === -1) return this.put(next);
    ops[at] = next;
    return this.#rebuild(old.key);
  }

  /**
   * The op is decided and part of base now: what is shown stays, because merging it once more changes nothing. A counter's delta is
   * part of a total that is in base already.
   */
  confirm(op: Op): Change | undefined {
    if (op.kind === 'count') return this.refuse(op);
    const { key } = op;
    const wasMerged = this.#forget(op)?.stamp === op.stamp;
    const merged = this.#merged.get(key);
    if (wasMerged && merged !== undefined && !this.#pending.has(key)) {
      // Nothing else is pending: base ⊕ the op is what is shown already.
      this.#base.set(key, merged);
      this.#merged.delete(key);
      return undefined;
    }
    this.#base.set(key, applyOp(this.#base.get(key) ?? EMPTY_RECORD, op));
    return wasMerged ? undefined : this.#rebuild(key);
  }

  /** The op is refused: what is shown goes back to base ⊕ the remaining ops (CL-7). */
  refuse(op: OpId & { readonly key: string }): Change | undefined {
    return this.#forget(op) === undefined ? undefined : this.#rebuild(op.key);
  }

  mergeBase(key: string, delta: LwwRecord): Change | undefined {
    const before = this.#base.get(key);
    const after = mergeRecords(before ?? EMPTY_RECORD, delta);
    if (before === after) return undefined;
    this.#base.set(key, after);
    const merged = this.#merged.get(key);
    return merged === undefined ? this.#refresh(key, after) : this.#show(key, mergeRecords(merged, delta));
  }

  /** Forgets what is confirmed of the record, stamps included; pending ops stay. */
  dropBase(key: string): Change | undefined {
    return this.#base.delete(key) ? this.#rebuild(key) : undefined;
  }

  /** When the two sides of a change are equal after all, shows the former value again, and says so. */
  undo({ key, before, after }: Change): boolean {
    if (before === undefined || after === undefined) return before === after;
    if (!sameValue(before, after)) return false;
    this.#values.set(key, before);
    return true;
  }

  /** Forgets everything. */
  clear(): Change[] {
    const changes: Change[] = [];
    for (const [key, before] of this.#values) changes.push({ key, before, after: undefined });
    this.#base.clear();
    this.#pending.clear();
    this.#merged.clear();
    this.#values.clear();
    for (const key of this.#ends) this.#ending.note(key, null);
    this.#ends.clear();
    return changes;
  }

  /** base ⊕ pending, whatever time it is. */
  #held(key: string): LwwRecord | undefined {
    return this.#merged.get(key) ?? this.#base.get(key);
  }

  /** Takes an op from the pending ones, and returns it as it stood there. */
  #forget(id: OpId & { readonly key: string }): Op | undefined {
    const ops = this.#pending.get(id.key);
    if (ops === undefined) return undefined;
    const at = indexOf(ops, id);
    if (at === -1) return undefined;
    if (ops.length > 1) return ops.splice(at, 1)[0];
    this.#pending.delete(id.key);
    return ops[0];
  }

  /** A delta that is new: added to what is shown, however many are pending. */
  #count(op: CountOp): Change | undefined {
    const { key } = op;
    const before = this.#values.get(key);
    if (typeof before !== 'number' || this.#pending.get(key)?.length === 1) return this.#rebuild(key);
    if (this.isCounted(op)) return undefined;
    const after = before + op.delta;
    this.#values.set(key, after);
    return { key, before, after };
  }

  #rebuild(key: string): Change | undefined {
    const base = this.#base.get(key);
    const ops = this.#pending.get(key);
    if (ops !== undefined) return this.#show(key, ops.reduce(applyOp, base ?? EMPTY_RECORD));
    this.#merged.delete(key);
    return this.#refresh(key, base);
  }

  #show(key: string, merged: LwwRecord): Change | undefined {
    this.#merged.set(key, merged);
    return this.#refresh(key, merged);
  }

  #refresh(key: string, record: LwwRecord | undefined): Change | undefined {
    const before = this.#values.get(key);
    const isEnding = (record !== undefined && record.expiry !== null) || this.#ends.has(key);
    const after = this.#valueOf(key, isEnding ? this.#untilEnd(key, record) : record);
    if (after === undefined) {
      if (before === undefined) return undefined;
      this.#values.delete(key);
    } else {
      if (before !== undefined && sameValue(before, after)) return undefined;
      this.#values.set(key, after);
    }
    return { key, before, after };
  }

  /** A counter with deltas pending is no state that a record could hold; anything else is. */
  #valueOf(key: string, record: LwwRecord | undefined): Value | undefined {
    const ops = this.#pending.get(key);
    if (ops?.[0]?.kind !== 'count' || !isCounterOrNothing(record)) return materialize(record);
    return pendingCounterValue(record, ops.filter(isCount));
  }

  #untilEnd(key: string, record: LwwRecord | undefined): LwwRecord | undefined {
    const end = expiresAt(record);
    if (end === null) this.#ends.delete(key);
    else this.#ends.add(key);
    const now = this.#ending.now();
    const hasEnded = end !== null && end <= now;
    this.#ending.note(key, hasEnded ? null : end);
    return hasEnded && record !== undefined ? withExpiry(record, now) : record;
  }
}

const isCount = (op: Op): op is CountOp => op.kind === 'count';

function isCounterOrNothing(record: LwwRecord | undefined): boolean {
  const type = record === undefined ? null : typeOfRecord(record);
  return type === null || type === 'counter';
}

/** The same op, as far as it can differ from what was told before: in its own stamp, and in those of others that it names. */
function isSameOp(held: Op | undefined, op: Op): boolean {
  if (held?.stamp !== op.stamp) return false;
  if (!('tags' in op)) return true;
  return 'tags' in held && op.tags.length === held.tags.length && op.tags.every((tag, i) => tag === held.tags[i]);
}

function indexOf(ops: readonly Op[], id: OpId): number {
  for (let i = 0; i < ops.length; i++) if (ops[i]?.seq === id.seq && ops[i]?.replica === id.replica) return i;
  return -1;
}
