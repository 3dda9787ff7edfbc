import {
  applyOp,
  EMPTY_RECORD,
  expiresAt,
  isCounted,
  latestStamp,
  mergeRecords,
  typeOfOp,
  typeOfRecord,
  withExpiry,
  withValue,
} from '../../crdt/index.js';
import type { Stamp } from '../../clock/index.js';
import type { AddOp, CountOp, CreateOp, LwwRecord, MapType, Op, OpId, PatchOp } from '../../crdt/index.js';
import { isPlainObject, sameValue, type PlainObject, type Value } from '../../primitives/index.js';
import type { Change } from '../../query/index.js';
import type { LoadedRecords } from './loaded-records.js';
import { patchedValue } from './patched-value.js';
import { isSameOp, placeFromStart, placeOf } from './op-places.js';
import { shownValue } from './shown-value.js';

/** CR-9: what time it is at the server, and who wants to know when a record of the map ends. */
export interface Ending {
  now(): number;
  note(key: string, at: number | null): void;
}

/** Records that are read when there is something to compare with them. */
export interface SeenRecords {
  readonly records: ReadonlyMap<string, LwwRecord>;
}

/** What is pending of one key. */
interface Pending {
  /** At least one. Those of each replica in the order of its sequence, else in the order they came. */
  readonly ops: Op[];
  /**
   * base ⊕ the first of these, as far as anybody had need of it: most records are written, shown, and not looked at again before the verdict. `null`: not
   * even base was.
   */
  merged: LwwRecord | null;
  /**
   * How many are merged. Those that are not have no end, and are each later than all before it of the key: patches, after the create of a record of which nothing
   * else is known, and adds.
   */
  mergedOps: number;
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
  #base = new Map<string, LwwRecord>();
  #baseRevision = 0;
  /** No stamp here is later: most that are new are, and then no record has to be asked. */
  #bound: Stamp | '' = '';
  /** A key of base whose record said what the map holds, when it was last looked at. */
  #witness = '';
  /** A key with a pending op that said so. */
  #pendingWitness = '';
  /** CL-2: records that are not here, and that an author sees all the same. */
  #seen: SeenRecords[] = [];
  /** Keys with pending ops only: for the others base is what shows. One table, since in a large map every look at one costs. */
  readonly #pending = new Map<string, Pending>();
  #values = new Map<string, Value>();
  readonly #ending: Ending;
  /** Keys whose record has an end, come or not. */
  #ends = new Set<string>();

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  /** Visible values by key. Not to be altered, nor to be kept: `adopt` puts another table in its place. */
  get values(): ReadonlyMap<string, Value> {
    return this.#values;
  }

  /** CR-9: the server's time, as well as it is known here. */
  now(): number {
    return this.#ending.now();
  }

  /** base ⊕ pending, whatever time it is. */
  held(key: string): LwwRecord | undefined {
    const pending = this.#pending.get(key);
    return pending === undefined ? this.#base.get(key) : this.#merged(key, pending);
  }

  /** The merged record. */
  record(key: string): LwwRecord | undefined {
    const held = this.held(key);
    return held === undefined || held.expiry === null ? held : withExpiry(held, this.#ending.now());
  }

  /** The latest stamp in the record, if there is one later than this; otherwise `''`. What is written to the record has to be later. */
  stampAfter(key: string, stamp: Stamp | ''): Stamp | '' {
    if (this.#bound <= stamp && this.#seen.length === 0 && !this.#hasEnd(key)) return '';
    let latest = stamp;
    const lookAt = (record: LwwRecord | undefined): void => {
      const its = record === undefined ? '' : latestStamp(record);
      if (its > latest) latest = its;
    };
    lookAt(this.record(key));
    for (const { records } of this.#seen) {
      const seen = records.get(key);
      lookAt(seen && withExpiry(seen, this.#ending.now()));
    }
    return latest === stamp ? '' : latest;
  }

  /** What is written to these records has to be later than they are. */
  noteSeen(seen: SeenRecords): void {
    this.#seen.push(seen);
  }

  forgetSeen(): void {
    this.#seen = [];
  }

  /** Keys whose record has an end that has come, or is to come. */
  endingKeys(): Iterable<string> {
    return this.#ends;
  }

  /** Whether the record still shows though its end has come: whoever is to hide it has not looked yet. */
  showsPastEnd(key: string): boolean {
    if (!this.#hasEnd(key) || !this.#values.has(key)) return false;
    const end = expiresAt(this.held(key));
    return end !== null && end <= this.#ending.now();
  }

  /** Nearly no map has any. */
  #hasEnd(key: string): boolean {
    return this.#ends.size > 0 && this.#ends.has(key);
  }

  /** Looks at the record again: its end may have come, or may turn out not to have. */
  lookAgain(key: string): Change | undefined {
    return this.#refresh(key, this.held(key), this.#pending.get(key)?.ops);
  }

  base(key: string): LwwRecord | undefined {
    return this.#base.get(key);
  }

  baseRecords(): ReadonlyMap<string, LwwRecord> {
    return this.#base;
  }

  /** Grows with every change of the confirmed records. */
  get baseRevision(): number {
    return this.#baseRevision;
  }

  pendingOps(key: string): readonly Op[] {
    return this.#pending.get(key)?.ops ?? [];
  }

  /** What the map holds, as far as anything here tells; what was confirmed counts before what is pending. */
  type(): MapType | null {
    return this.#confirmedType() ?? this.#pendingType();
  }

  /** Whether what is confirmed of the counter has the delta in it (CR-7). */
  isCounted(op: CountOp): boolean {
    return isCounted(this.#base.get(op.key), op);
  }

  isPending(key: string): boolean {
    return this.#pending.has(key);
  }

  *allPendingOps(): Iterable<Op> {
    for (const { ops } of this.#pending.values()) yield* ops;
  }

  pendingKeys(): Iterable<string> {
    return this.#pending.keys();
  }

  /** Adds a pending op that is new, its replica's latest. Costs the same however many are pending. */
  add(op: Op): Change | undefined {
    const pending = this.#pending.get(op.key);
    return this.#insert(op, pending, pending?.ops.length ?? 0);
  }

  #insert(op: Op, pending: Pending | undefined, at: number): Change | undefined {
    const { key } = op;
    const isLatest = op.stamp > this.#bound;
    if (isLatest) this.#bound = op.stamp;
    if (pending === undefined) {
      pending = { ops: [op], merged: null, mergedOps: 0 };
      this.#pending.set(key, pending);
    } else if (at === pending.ops.length) {
      pending.ops.push(op);
    } else {
      pending.merged = applyOp(this.#merged(key, pending), op);
      pending.ops.splice(at, 0, op);
      pending.mergedOps++;
    }
    if (op.kind === 'patch' && isLatest && at === pending.ops.length - 1) return this.#patch(op, pending);
    if (op.kind === 'create' && isLatest && pending.ops.length === 1) return this.#create(op, pending);
    if (op.kind === 'add' && isLatest && at === pending.ops.length - 1) return this.#add(op, pending);
    const merged = this.#merged(key, pending);
    return op.kind === 'count' ? this.#count(op, pending) : this.#refresh(key, merged, pending.ops);
  }

  /** Adds a pending op, or puts it in the place of the one with its id (re-stamped, or told of twice). */
  put(op: Op): Change | undefined {
    const pending = this.#pending.get(op.key);
    if (pending === undefined) return this.#insert(op, pending, 0);
    const { ops } = pending;
    const { at, isThere } = placeOf(ops, op);
    if (!isThere) return this.#insert(op, pending, at);
    if (isSameOp(ops[at], op)) return undefined;
    this.#note(op.stamp);
    ops[at] = op;
    return this.#rebuild(op.key);
  }

  /** HK-3: the op with that id and stamp turns out to be this, if it is pending. */
  restate(op: Op): Change | undefined {
    const pending = this.#pending.get(op.key);
    if (pending === undefined) return undefined;
    const { at, isThere } = placeOf(pending.ops, op);
    if (!isThere) return undefined;
    pending.ops[at] = op;
    return this.#rebuild(op.key);
  }

  /** The op goes on under another id and stamp. */
  replace(old: OpId & { readonly key: string }, next: Op): Change | undefined {
    const ops = this.#pending.get(old.key)?.ops ?? [];
    const { at, isThere } = placeOf(ops, old);
    if (!isThere) return this.put(next);
    this.#note(next.stamp);
    ops.splice(at, 1);
    ops.splice(placeOf(ops, next).at, 0, next);
    return this.#rebuild(old.key);
  }

  /**
   * The op is decided and part of base now: what is shown stays, because merging it once more changes nothing. A counter's delta is
   * part of a total that is in base already.
   */
  confirm(op: Op): Change | undefined {
    const { key } = op;
    if (op.kind === 'count') return this.refuse([op]).get(key);
    const pending = this.#pending.get(key);
    // Where others wait behind it, what they make of the record is nobody's question yet.
    const merged = pending?.ops.length === 1 ? this.#merged(key, pending) : undefined;
    const wasMerged = this.#decide(op, pending)?.stamp === op.stamp;
    this.#note(op.stamp);
    if (wasMerged && merged !== undefined) {
      // Nothing else is pending: base ⊕ the op is what is shown already.
      this.#setBase(key, merged);
      return undefined;
    }
    this.#setBase(key, applyOp(this.#base.get(key) ?? EMPTY_RECORD, op));
    return wasMerged ? undefined : this.#rebuild(key);
  }

  /**
   * These are refused: what is shown goes back to base ⊕ the remaining ops (CL-7), of which each record is made once. Returns what changed by
   * key, of each record that any of them was pending of.
   */
  refuse(ids: readonly (OpId & { readonly key: string })[]): ReadonlyMap<string, Change | undefined> {
    const changes = new Map<string, Change | undefined>();
    for (const id of ids) if (this.#forget(id, this.#pending.get(id.key)) !== undefined) changes.set(id.key, undefined);
    for (const key of changes.keys()) changes.set(key, this.#rebuild(key));
    return changes;
  }

  /**
   * Takes over what storage holds of a map of which nothing has been confirmed here. Costs what is pending, and nothing for the rest. Returns what
   * changed of what is pending. Those that have an end are to be looked at again.
   */
  adopt({ base, values, ends, latest }: LoadedRecords): Change[] {
    const shown = this.#values;
    for (const [key, value] of shown) values.set(key, value);
    this.#base = base;
    this.#values = values;
    this.#ends = ends;
    this.#baseRevision += 1;
    this.#note(latest);
    const changes: Change[] = [];
    for (const key of this.#pending.keys()) {
      // From what showed, which may have been nothing at all.
      if (!shown.has(key)) values.delete(key);
      const change = this.#rebuild(key);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  mergeBase(key: string, delta: LwwRecord): Change | undefined {
    const before = this.#base.get(key);
    const after = mergeRecords(before ?? EMPTY_RECORD, delta);
    if (before === after) return undefined;
    this.#note(latestStamp(delta));
    const pending = this.#pending.get(key);
    if (pending !== undefined) pending.merged = mergeRecords(this.#merged(key, pending), delta);
    this.#setBase(key, after);
    return this.#refresh(key, pending?.merged ?? after, pending?.ops);
  }

  /** Forgets what is confirmed of the record, stamps included; pending ops stay. */
  dropBase(key: string): Change | undefined {
    if (!this.#base.delete(key)) return undefined;
    this.#baseRevision += 1;
    return this.#rebuild(key);
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
    this.#baseRevision += 1;
    this.#pending.clear();
    this.#seen = [];
    this.#values.clear();
    for (const key of this.#ends) this.#ending.note(key, null);
    this.#ends.clear();
    this.#bound = '';
    return changes;
  }

  /** As `#confirmedType`. */
  #pendingType(): MapType | null {
    const witness = this.#pending.get(this.#pendingWitness)?.ops[0];
    if (witness !== undefined) return typeOfOp(witness);
    for (const [key, { ops }] of this.#pending) {
      if (ops[0] === undefined) continue;
      this.#pendingWitness = key;
      return typeOfOp(ops[0]);
    }
    return null;
  }

  /** One record tells for all; as long as it is there, no other is looked at. */
  #confirmedType(): MapType | null {
    if (this.#base.size === 0) return null;
    const witness = this.#base.get(this.#witness);
    const known = witness === undefined ? null : typeOfRecord(witness);
    if (known !== null) return known;
    for (const [key, record] of this.#base) {
      const type = typeOfRecord(record);
      if (type === null) continue;
      this.#witness = key;
      return type;
    }
    return null;
  }

  #setBase(key: string, record: LwwRecord): void {
    this.#base.set(key, record);
    this.#baseRevision += 1;
    // The latest is likely to stay: a table whose oldest entries go first is slow to be looked at from its beginning.
    if (record.existence !== null) this.#witness = key;
  }

  /** base ⊕ all that is pending of the key. */
  #merged(key: string, pending: Pending): LwwRecord {
    let merged = pending.merged ?? this.#base.get(key) ?? EMPTY_RECORD;
    for (let i = pending.mergedOps; i < pending.ops.length; i++) merged = applyOp(merged, pending.ops[i] as Op);
    pending.merged = merged;
    pending.mergedOps = pending.ops.length;
    return merged;
  }

  #note(stamp: Stamp | ''): void {
    if (stamp > this.#bound) this.#bound = stamp;
  }

  /** As `#forget`, of an op that is part of base from now on: what was merged of others has it too. */
  #decide(op: Op, pending: Pending | undefined): Op | undefined {
    const mergedOps = pending?.mergedOps ?? 0;
    const held = this.#forget(op, pending);
    if (held === undefined || pending === undefined || pending.merged === null) return held;
    if (pending.mergedOps === mergedOps) pending.merged = applyOp(pending.merged, held);
    return held;
  }

  /** Takes an op from the pending ones of its key, and returns it as it stood there. */
  #forget(id: OpId & { readonly key: string }, pending: Pending | undefined): Op | undefined {
    if (pending === undefined) return undefined;
    const at = placeFromStart(pending.ops, id);
    if (at === -1) return undefined;
    const [op] = pending.ops.splice(at, 1);
    if (at < pending.mergedOps) pending.mergedOps--;
    if (pending.ops.length === 0) this.#pending.delete(id.key);
    return op;
  }

  /** A delta that is new: added to what is shown, however many are pending. */
  #count(op: CountOp, { ops }: Pending): Change | undefined {
    const { key } = op;
    const before = this.#values.get(key);
    if (typeof before !== 'number' || ops.length === 1) return this.#rebuild(key);
    if (this.isCounted(op)) return undefined;
    const after = before + op.delta;
    this.#values.set(key, after);
    return { key, before, after };
  }

  /**
   * Fields of an object that is shown, without an end, by an op that is later than all else: what it shows then differs by these, and neither it nor the
   * record needs a look at the others.
   */
  #patch(op: PatchOp, pending: Pending): Change | undefined {
    const { key } = op;
    const before = this.#values.get(key);
    const isOpen = op.expiresAt === undefined && !this.#hasEnd(key);
    const after = isOpen && isPlainObject(before) ? patchedValue(before, op) : null;
    if (after === null) return this.#refresh(key, this.#merged(key, pending), pending.ops);
    if (after === before) return undefined;
    this.#values.set(key, after);
    return { key, before, after };
  }

  /** A record of which nothing is known but this op, without an end: it shows what the op says, and need not be made yet. */
  #create(op: CreateOp, pending: Pending): Change | undefined {
    const { key } = op;
    const isNew = op.expiresAt === undefined && !this.#values.has(key) && !this.#base.has(key) && !this.#hasEnd(key);
    const after = isNew ? patchedValue(NOTHING_SHOWN, op) : null;
    if (after === null) return this.#refresh(key, this.#merged(key, pending), pending.ops);
    this.#values.set(key, after);
    return { key, before: undefined, after };
  }

  /** A value of a set that is shown, without an end, by an op that is later than all else: the others need no look. */
  #add({ key, value }: AddOp, pending: Pending): Change | undefined {
    const before = this.#values.get(key);
    const held = pending.merged ?? this.#base.get(key);
    const isSet = held !== undefined && typeOfRecord(held) === 'set' && !this.#hasEnd(key);
    if (!isSet || !Array.isArray(before)) return this.#refresh(key, this.#merged(key, pending), pending.ops);
    const after = withValue(before, value);
    if (after === before) return undefined;
    this.#values.set(key, after);
    return { key, before, after };
  }

  #rebuild(key: string): Change | undefined {
    const base = this.#base.get(key);
    const pending = this.#pending.get(key);
    if (pending === undefined) return this.#refresh(key, base, undefined);
    pending.merged = null;
    pending.mergedOps = 0;
    return this.#refresh(key, this.#merged(key, pending), pending.ops);
  }

  /** `ops`: those pending that are part of the record. */
  #refresh(key: string, record: LwwRecord | undefined, ops: readonly Op[] | undefined): Change | undefined {
    const before = this.#values.get(key);
    const isEnding = (record !== undefined && record.expiry !== null) || this.#ends.has(key);
    const after = shownValue(isEnding ? this.#untilEnd(key, record) : record, ops);
    if (after === undefined) {
      if (before === undefined) return undefined;
      this.#values.delete(key);
    } else {
      if (before !== undefined && sameValue(before, after)) return undefined;
      this.#values.set(key, after);
    }
    return { key, before, after };
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

const NOTHING_SHOWN: PlainObject = {};
