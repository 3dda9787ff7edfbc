import type { ReplicaId } from '../../clock/index.js';
import {
  applyOp,
  EMPTY_RECORD,
  latestStamp,
  MAX_TRANSACTION_OPS,
  materialize,
  type LwwRecord,
  type OpBody,
} from '../../crdt/index.js';
import { TopGunError, type Value } from '../../primitives/index.js';
import { OpIssuer } from './op-issuer.js';

/** A map as a transaction finds it. It does not change while the transaction is drafted. */
export interface DraftedMap {
  readonly name: string;
  readonly values: ReadonlyMap<string, Value>;
  readonly overlay: { record(key: string): LwwRecord | undefined; held(key: string): LwwRecord | undefined };
}

export interface DraftedWrite<Source extends DraftedMap = DraftedMap> {
  readonly store: Source;
  readonly key: string;
  readonly body: OpBody;
}

interface DraftedRecord {
  readonly record: LwwRecord;
  /** What shows of it; `undefined`: nothing. */
  readonly value: Value | undefined;
}

/**
 * CR-12: what a transaction has written so far, over maps that know nothing of it: so it reads its own writes, and dropping the draft
 * leaves no trace. Its stamps are its own and go no further; what counts of them is that each is after all that its record holds.
 *
 * Law: writing its `writes` one after the other to the maps gives the records that the draft has shown, stamps apart.
 */
export class TransactionDraft<Source extends DraftedMap = DraftedMap> {
  readonly #stamper = new OpIssuer({ now: () => 0 }, 'draft' as ReplicaId);
  readonly #records = new Map<Source, Map<string, DraftedRecord>>();
  readonly #writes: DraftedWrite<Source>[] = [];
  #isTooLarge = false;

  /** In the order they were made. */
  get writes(): readonly DraftedWrite<Source>[] {
    return this.#writes;
  }

  /** More was written than a transaction holds, so nothing of it may be done. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  record(store: Source, key: string): LwwRecord | undefined {
    return this.#drafted(store, key)?.record ?? store.overlay.record(key);
  }

  /** As `record`, an end that has come aside (CR-9). */
  held(store: Source, key: string): LwwRecord | undefined {
    return this.#drafted(store, key)?.record ?? store.overlay.held(key);
  }

  value(store: Source, key: string): Value | undefined {
    const drafted = this.#drafted(store, key);
    return drafted === undefined ? store.values.get(key) : drafted.value;
  }

  isWritten(store: Source, key: string): boolean {
    return this.#drafted(store, key) !== undefined;
  }

  /** Everything that shows of the map: as it was, then what this transaction has created. */
  *entries(store: Source): IterableIterator<readonly [key: string, value: Value]> {
    const drafted = this.#records.get(store);
    for (const [key, value] of store.values) {
      const own = drafted?.get(key);
      if (own === undefined) yield [key, value];
      else if (own.value !== undefined) yield [key, own.value];
    }
    for (const [key, { value }] of drafted ?? []) {
      if (value !== undefined && !store.values.has(key)) yield [key, value];
    }
  }

  /** @throws TopGunError `transaction-too-large`; nothing can be done of the transaction then */
  add(store: Source, key: string, body: OpBody): void {
    if (this.#writes.length === MAX_TRANSACTION_OPS) {
      this.#isTooLarge = true;
      throw transactionTooLarge();
    }
    const record = this.record(store, key);
    const seen = { stampAfter: () => (record === undefined ? '' : latestStamp(record)), record: () => record };
    const after = applyOp(record ?? EMPTY_RECORD, this.#stamper.issue(store.name, key, body, seen));
    let drafted = this.#records.get(store);
    if (drafted === undefined) this.#records.set(store, (drafted = new Map()));
    drafted.set(key, { record: after, value: materialize(after) });
    this.#writes.push({ store, key, body });
  }

  #drafted(store: Source, key: string): DraftedRecord | undefined {
    return this.#records.get(store)?.get(key);
  }
}

export const transactionTooLarge = (): TopGunError =>
  new TopGunError('transaction-too-large', `A transaction holds at most ${MAX_TRANSACTION_OPS} writes.`);
