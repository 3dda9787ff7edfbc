import { createHlc, stampMillis, type Hlc, type ReplicaId, type Stamp } from '../../clock/index.js';
import {
  countedThrough,
  movedTransaction,
  opOfBody,
  ttlOf,
  type LwwRecord,
  type Op,
  type OpBody,
  type OpId,
} from '../../crdt/index.js';
import { assertNever } from '../../primitives/index.js';
import type { Clock } from '../ports/environment.js';

/** What an author sees. */
export interface SeenRecords {
  /** The latest stamp in the record, if there is one later than this; otherwise `''`. */
  stampAfter(key: string, stamp: Stamp | ''): Stamp | '';
  record(key: string): LwwRecord | undefined;
}

/** A change that gets an identity together with others. */
export interface IssuedWrite {
  readonly map: string;
  readonly key: string;
  readonly body: OpBody;
  readonly seen: SeenRecords;
}

/**
 * Gives ops their identity: id (CR-2) and stamp (CR-1), as this tab's replica. Until storage has said which replica
 * that is, identities are provisional: whoever holds such ops has them issued again.
 */
export class OpIssuer {
  readonly #clock: Clock;
  readonly #hlc: Hlc;
  #replica: ReplicaId;
  #seq = 0;
  #offsetMs = 0;
  /** What this device's clock said at the last issue: reading it costs more than the rest of a stamp. */
  #issuedAt = 0;

  constructor(clock: Clock, provisional: ReplicaId) {
    this.#clock = clock;
    this.#replica = provisional;
    this.#hlc = createHlc({ replica: provisional });
  }

  get replica(): ReplicaId {
    return this.#replica;
  }

  get issuedSeq(): number {
    return this.#seq;
  }

  /** What this device's clock said at the last issue. */
  get issuedAt(): number {
    return this.#issuedAt;
  }

  /**
   * CR-11: how far the stamp of an op issued just now is ahead of this device's clock, be it by the offset or because the
   * logical clock is: with it the moment of the edit can be told, whatever the clock is found to be off by.
   */
  leadOf(op: Op): number {
    const isLast = op.stamp === this.#hlc.last && this.#hlc.givenAt >= 0;
    return (isLast ? this.#hlc.givenAt : stampMillis(op.stamp)) - this.#issuedAt;
  }

  /** The stamp is after all in the record as the author sees it, or the write might show nothing. */
  issue(map: string, key: string, body: OpBody, seen: SeenRecords): Op {
    this.#issuedAt = this.#clock.now();
    const now = this.#issuedAt + this.#offsetMs;
    this.#see(seen, key, now);
    this.#passCounted(body, seen, key);
    return opOfBody(body, this.#replica, ++this.#seq, this.#hlc.tick(now), map, key);
  }

  /**
   * CR-12: the parts of one transaction: sequences without a gap, and every stamp after all that any part has seen, so that the order of
   * stamps across tabs (CL-5) puts the whole behind what any part of it builds on.
   */
  issueTogether(writes: readonly IssuedWrite[]): Op[] {
    this.#issuedAt = this.#clock.now();
    const now = this.#issuedAt + this.#offsetMs;
    for (const { body, seen, key } of writes) {
      this.#see(seen, key, now);
      this.#passCounted(body, seen, key);
    }
    const transaction = { first: this.#seq + 1, parts: writes.length };
    return writes.map(({ map, key, body }) => {
      const op = opOfBody(body, this.#replica, ++this.#seq, this.#hlc.tick(now), map, key);
      return { ...op, transaction };
    });
  }

  /** The same change under a new id and a new stamp. The parts of a transaction one after the other, all of them. */
  reissue(op: Op): Op {
    const next = this.issue(op.map, op.key, bodyOf(op), NOTHING_SEEN);
    const { transaction } = op;
    return transaction === undefined ? next : { ...next, transaction: movedTransaction(transaction, op.seq, next.seq) };
  }

  /** The next stamp will be after all in the record. */
  #see(records: SeenRecords, key: string, now: number): void {
    const stamp = records.stampAfter(key, this.#hlc.last);
    // What is in base was judged by the server: if it seems far ahead, then it is this clock that is behind.
    if (stamp !== '' && !this.#hlc.receive(stamp, now).ok) this.#hlc.rebase(undefined, stamp);
  }

  /** CR-2, CR-7: a total may know later ops of this replica than a storage that went back in time. A delta under such an id would not show. */
  #passCounted(body: OpBody, seen: SeenRecords, key: string): void {
    if (body.kind === 'count') this.#seq = Math.max(this.#seq, countedThrough(seen.record(key), this.#replica));
  }

  /** Goes on as this replica, after what it had issued before. */
  adopt(replica: ReplicaId, issued: { readonly seq: number; readonly stamp: Stamp | '' }): void {
    this.#replica = replica;
    this.#seq = issued.seq;
    this.#hlc.rebase(replica, issued.stamp > this.#hlc.last ? issued.stamp : this.#hlc.last);
  }

  /** The clock's offset is known, or another. `last` is the greatest stamp of this replica that is still undecided. */
  correct(offsetMs: number, last: Stamp | ''): void {
    this.#offsetMs = offsetMs;
    this.#hlc.rebase(undefined, last);
  }
}

const NOTHING_SEEN: SeenRecords = { stampAfter: () => '', record: () => undefined };

/** What an op changes, apart from its identity. */
export function bodyOf(op: Op): OpBody {
  const ttlMs = ttlOf(op);
  const ttl = ttlMs === undefined ? {} : { ttlMs };
  switch (op.kind) {
    case 'create':
      return { kind: 'create', fields: op.fields, restart: op.restart, ...ttl };
    case 'patch':
      return { kind: 'patch', fields: op.fields, ...ttl };
    case 'remove':
      return { kind: 'remove' };
    case 'add':
      return { kind: 'add', value: op.value, tags: op.tags };
    case 'discard':
      return { kind: 'discard', value: op.value, tags: op.tags };
    case 'count':
      return { kind: 'count', delta: op.delta };
    default:
      return assertNever(op);
  }
}

export const isSameOp = (a: OpId, b: OpId): boolean => a.seq === b.seq && a.replica === b.replica;
