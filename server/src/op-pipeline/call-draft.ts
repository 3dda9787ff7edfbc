import type { ReplicaId, Stamp } from '@topgun/core/clock';
import {
  opOfBody,
  opToWire,
  planAdd,
  planCount,
  planDiscard,
  planTtl,
  typeOfRecord,
  wireToOp,
  type LwwRecord,
  type MapType,
  type Op,
  type OpBody,
} from '@topgun/core/crdt';
import {
  checkKey,
  isMapName,
  partitionOf,
  sameValue,
  TopGunError,
  type Hash64,
  type Result,
  type Value,
} from '@topgun/core/primitives';
import { compilePredicate, createView, type Entry, type Query } from '@topgun/core/query';
import { conformWrite } from '@topgun/core/schema';
import type { BlindWrite, CallPart, CallQuery, CallRead, CallWrite } from '../ports/joint-calls.js';
import { Overlay } from '../services/crdt/overlay.js';
import { isSystemMap } from '../services/crdt/replica-owners.js';
import type { StateView } from '../services/crdt/state-view.js';
import { isRefusal } from '../services/crdt/verdict.js';
import { eventOf, type JournalEvent } from '../services/journal/journal-event.js';
import { APPLIED, SUPERSEDED, type SegmentEntry } from '../services/persistence/segment.js';
import type { FindRecords } from '../services/elsewhere/known-elsewhere.js';
import { shownOnce, shownValue } from '../services/query/shown-value.js';
import { decideOp, type Judging } from './decide-op.js';

/** PR-2: the most that one call writes. */
export const MAX_CALL_WRITES = 1_000;

/** What drafts are made with. */
export interface CallDraftParts extends Judging {
  readonly hash: Hash64;
  /** Whose ops its writes are. */
  readonly replica: ReplicaId;
  readonly keyBytes: number;
  /** JO-1: of which maps it is kept what is changed. */
  readonly keeps: (map: string) => boolean;
  /** The next stamp of the server's, after all in the record. */
  readonly stamp: (after: LwwRecord | undefined) => Stamp;
  readonly find: FindRecords;
  /** PR-3: the most records that one call looks at for its queries. */
  readonly maxLooks: number;
  readonly now: number;
  /** Whose call it is. */
  readonly author: string | null;
}

/** A plan of a write, or what is wrong with it. */
type Planned = Result<OpBody | null, Readonly<Record<'code' | 'path' | 'message', string>>>;

/**
 * PR-2: what one run of a procedure reads and writes, over a state that knows nothing of it: it reads its own writes, and dropping the draft leaves no trace. Writes are decided as they are
 * made, as any op is (PI-2), but by no rule: it is the server's own.
 *
 * Law: a draft of another state that has what this one has read comes to the same with the same writes (PR-3).
 */
export class CallDraft {
  readonly #parts: CallDraftParts;
  #below: StateView;
  readonly #trial: Overlay;
  readonly #reads = new Map<string, Map<string, Value | undefined>>();
  readonly #queries: CallQuery[] = [];
  readonly #writes: CallWrite[] = [];
  readonly #written = new Map<string, Set<string>>();
  readonly #entries: SegmentEntry[] = [];
  readonly #events: JournalEvent[] = [];
  #looked = 0;
  #isDoomed = false;
  /** Something has been read twice, and was not the same. */
  #isTorn = false;
  #isClosed = false;

  constructor(parts: CallDraftParts, below: StateView) {
    this.#parts = parts;
    this.#below = below;
    this.#trial = new Overlay(below);
  }

  /** At how many records its queries have looked. */
  get looked(): number {
    return this.#looked;
  }

  /** Something was written that cannot be taken: so nothing is. */
  get isDoomed(): boolean {
    return this.#isDoomed;
  }

  get size(): number {
    return this.#writes.length;
  }

  /** Something has been read twice, and was not the same: nothing can have what it has read. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** What it has read of others' and what it has written, as plain data. */
  get part(): CallPart {
    const { author, now } = this.#parts;
    const reads = [...this.#reads].flatMap(([map, byKey]) =>
      Array.from(byKey, ([key, shown]): CallRead => ({ partition: this.#partition(map, key), map, key, shown })),
    );
    return { reads, queries: this.#queries, writes: this.#writes, author, now };
  }

  /** Nothing can be read or written by it any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** What lay below has become this. */
  goOn(state: StateView): void {
    this.#below = state;
    this.#trial.rebase(state);
  }

  get(map: string, key: string): Value | undefined {
    this.#assertPlace(map, key);
    const record = this.#record(map, key);
    return record && shownValue(record);
  }

  /** What shows of a set or a counter; `undefined` where there is none, or something else. */
  getOf(type: 'set' | 'counter', map: string, key: string): Value | undefined {
    this.#assertPlace(map, key, type);
    const record = this.#record(map, key);
    return record !== undefined && typeOfRecord(record) === type ? shownValue(record) : undefined;
  }

  /** @throws TopGunError `too-many-rows` */
  query(map: string, query: Query): readonly Entry[] {
    this.#assertUsable(map);
    const found = this.#find(map, query);
    this.#queries.push({ map, query, found });
    const written = this.#written.get(map);
    for (const key of written ?? []) this.#note(map, key);
    const entries: Entry[] = [];
    for (const [key, value] of found) if (written?.has(key) !== true) entries.push({ key, value });
    for (const key of written ?? []) {
      const record = this.#trial.record(this.#partition(map, key), map, key);
      const value = record && shownValue(record);
      if (value !== undefined) entries.push({ key, value });
    }
    const view = createView(query);
    view.load(entries);
    return view.rows();
  }

  /** @throws TopGunError for what cannot be written */
  write(
    map: string,
    key: string,
    plan: (record: LwwRecord | undefined) => Planned,
    ttlMs: number | null | undefined,
  ): void {
    this.#assertPlace(map, key);
    const record = this.#record(map, key);
    const planned = plan(record);
    const body = planned.ok ? planTtl(record, planned.value, ttlMs, this.#parts.now) : planned;
    if (!body.ok) throw new TopGunError(body.error.code, `${body.error.message} (${body.error.path} of ${map}).`);
    const shown = record && shownValue(record);
    const conformed = conformWrite(this.#parts.schema ?? null, map, key, shown, body.value);
    if (conformed !== null) this.#draft(map, key, { type: 'record', body: conformed });
  }

  /**
   * A write of a set or a counter. Whatever others have made of it meanwhile, it does to that the same, so it is no reading (PR-3).
   *
   * @throws TopGunError for what cannot be written
   */
  writeBlind(type: 'set' | 'counter', map: string, key: string, write: BlindWrite): void {
    this.#assertPlace(map, key, type);
    const planned = planBlind(write, this.#trial.record(this.#partition(map, key), map, key));
    if (!planned.ok) throw new TopGunError(planned.error.code, `${planned.error.message} (${map}).`);
    this.#draft(map, key, write);
  }

  #draft(map: string, key: string, write: CallWrite['write']): void {
    if (this.#writes.length >= MAX_CALL_WRITES) {
      this.#isDoomed = true;
      throw new TopGunError('transaction-too-large', `A call writes at most ${MAX_CALL_WRITES} times.`);
    }
    const refused = this.#issue({ partition: this.#partition(map, key), map, key, write });
    if (refused !== null) throw refused;
  }

  /** PR-3: a draft of the same writes over a state that has what was read; `null`: it has not, or they cannot be taken there. */
  static of(parts: CallDraftParts, part: CallPart, state: StateView): CallDraft | null {
    const other = new CallDraft(parts, state);
    if (!other.#has(part)) return null;
    const again = new CallDraft(parts, state);
    return part.writes.every((write) => again.#issue(write) === null) ? again : null;
  }

  #has({ queries, reads }: CallPart): boolean {
    for (const { map, key, shown } of reads) {
      const record = this.#record(map, key);
      if (!isSame(record && shownValue(record), shown)) return false;
    }
    try {
      return queries.every(({ map, query, found }) => isSameFound(this.#find(map, query), found));
    } catch (error) {
      // There are more records by now than it may look at.
      if (error instanceof TopGunError) return false;
      throw error;
    }
  }

  /** What was written becomes part of what lies below, and is told: for the ledger, and the journal. Once. */
  applyTo(overlay: Overlay): { readonly entries: readonly SegmentEntry[]; readonly events: readonly JournalEvent[] } {
    this.close();
    this.#trial.applyTo(overlay);
    return { entries: this.#entries, events: this.#events };
  }

  #partition(map: string, key: string): number {
    return partitionOf(this.#parts.hash, map, key);
  }

  /** What others have left there is noted as read. */
  #record(map: string, key: string): LwwRecord | undefined {
    this.#note(map, key);
    return this.#trial.record(this.#partition(map, key), map, key);
  }

  /** Of what this has written itself: as it was when that was first written. */
  #note(map: string, key: string): void {
    let reads = this.#reads.get(map);
    if (reads === undefined) this.#reads.set(map, (reads = new Map()));
    const isRead = reads.has(key);
    const partition = this.#partition(map, key);
    const isWritten = this.#written.get(map)?.has(key) === true;
    const record = isWritten
      ? this.#trial.stagedRecord(partition, map, key).before
      : this.#trial.record(partition, map, key);
    const shown = record && shownValue(record);
    // What lay below at first may have been on its way, and what is written now is what differs from what is there without it.
    if (isRead) this.#isTorn ||= !isSame(shown, reads.get(key));
    else reads.set(key, shown);
  }

  /** Of what lies below, all that meets the query's conditions. */
  #find(map: string, query: Query): Map<string, Value> {
    const { find, maxLooks } = this.#parts;
    const meets = compilePredicate(query.where);
    const staged = this.#below.touched?.(map) ?? NONE;
    const found = new Map<string, Value>();
    const take = (key: string, value: Value | undefined): void => {
      this.#looked += 1;
      if (this.#looked > maxLooks) throw tooManyRows(map, maxLooks);
      if (value !== undefined && meets(key, value)) found.set(key, value);
    };
    const records = find(map, query, maxLooks - this.#looked);
    if (records === null) throw tooManyRows(map, maxLooks);
    for (const [key, record] of records) if (!staged.has(key)) take(key, shownOnce(record));
    for (const key of staged) {
      const record = this.#below.record(this.#partition(map, key), map, key);
      take(key, record && shownValue(record));
    }
    return found;
  }

  #issue(write: CallWrite): TopGunError | null {
    const { partition, map, key } = write;
    const { stamp, keeps, author, replica } = this.#parts;
    const before = this.#trial.record(partition, map, key);
    const body = write.write.type === 'record' ? write.write.body : bodyOf(write.write, before);
    if (body === null) {
      this.#writes.push(write);
      return null;
    }
    const seq = this.#trial.decided(partition, replica) + 1;
    const op = opOfBody(body, replica, seq, stamp(before), map, key);
    const wire = opToWire(op);
    const checked = wireToOp(replica, wire, { keyBytes: this.#parts.keyBytes, allowsEmptyPatch: true });
    if (!checked.ok) return this.#doom(checked.error.code, `${checked.error.message} (${map}).`);
    const note = (written: Op, was: LwwRecord | undefined, is: LwwRecord): void => {
      const event = was === is || !keeps(map) ? null : eventOf(written, was, is, author);
      if (event !== null) this.#events.push(event);
    };
    const batch = { partition, replica, ops: [] };
    const decided = decideOp({ seq, wire, op }, batch, this.#trial, 0, null, this.#parts, note);
    const { verdict, checked: stored, raised } = decided;
    if (isRefusal(verdict)) return this.#doom(verdict.code, verdict.reason);
    this.#trial.decide(partition, replica, seq);
    if (raised !== null) this.#entries.push(raised);
    const ops: SegmentEntry['ops'] = [[stored.wire, verdict === 'applied' ? APPLIED : SUPERSEDED]];
    this.#entries.push({ partition, replica, ops });
    this.#writes.push(write);
    let written = this.#written.get(map);
    if (written === undefined) this.#written.set(map, (written = new Set()));
    written.add(key);
    return null;
  }

  #doom(code: string, message: string): TopGunError {
    this.#isDoomed = true;
    return new TopGunError(code, message);
  }

  /** The key of a counter may be empty. */
  #assertPlace(map: string, key: string, type: MapType = 'record'): void {
    this.#assertUsable(map);
    if (type !== 'counter' || key !== '') assertKey(key, this.#parts.keyBytes);
  }

  #assertUsable(map: string): void {
    if (this.#isClosed) throw new TopGunError('call-ended', 'The call is over: nothing can be read or written by it.');
    if (!isMapName(map)) throw new TopGunError('map-name', `${JSON.stringify(map)} is no map name.`);
    if (isSystemMap(map)) throw new TopGunError('map-name', `The map ${map} is the server's own.`);
  }
}

const NONE: ReadonlySet<string> = new Set();

function planBlind(write: BlindWrite, record: LwwRecord | undefined): Planned {
  if (write.type === 'add') return planAdd(record, write.value);
  if (write.type === 'discard') return planDiscard(record, write.value);
  // One of another type is refused when it is decided.
  const isCounter = record !== undefined && typeOfRecord(record) === 'counter';
  return planCount(isCounter ? (shownValue(record) as number) : 0, write.delta);
}

/** Of one that cannot be planned any more, e.g. since a counter has grown too large, whoever decides it says so. */
function bodyOf(write: BlindWrite, record: LwwRecord | undefined): OpBody | null {
  const planned = planBlind(write, record);
  if (planned.ok) return planned.value;
  const anew = planBlind(write, undefined);
  return anew.ok ? anew.value : null;
}

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a === b || sameValue(a, b);

function isSameFound(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!isSame(b.get(key), value)) return false;
  return true;
}

function assertKey(key: string, keyBytes: number): void {
  const checked = checkKey(key, keyBytes);
  if (!checked.ok) throw new TopGunError(checked.error.code, checked.error.message);
}

const tooManyRows = (map: string, maxLooks: number): TopGunError =>
  new TopGunError('too-many-rows', `A call looks at ${maxLooks} records at most; this query of ${map} needs more.`);
