import { isVisible, type LwwRecord, type Op, type OpBody } from '../../crdt/index.js';
import { TopGunError } from '../../primitives/index.js';
import { conformWrite } from '../../schema/index.js';
import type { Rejection } from '../outbox/rejection.js';
import type { Rejections } from '../outbox/rejections.js';
import type { TransactionDraft } from '../outbox/transaction-draft.js';
import { attemptedValue, bodyAgain, editedBody } from '../outbox/written-again.js';
import { NOTHING_TO_DO, type WriteHandle } from '../outbox/write-handle.js';
import type { StoredRejection } from '../ports/storage.js';
import type { MapStore } from '../state/map-store.js';
import type { MapStores } from '../state/map-stores.js';
import type { Notifier } from '../state/notifier.js';
import { opIdText } from '../storage/op-id.js';
import { notLoaded, writeError, writeInput } from '../write-input.js';
import type { SchemaDefinition } from '../../schema/index.js';
import type { Transactions } from './transactions.js';

/**
 * CL-7: the refused writes. They survive reloads. What is retried or edited is written anew and leaves the list in one durable commit; sibling
 * tabs hear of it then.
 */
export interface RejectionList {
  /** Oldest first; the same array until it changes. */
  list(): readonly Rejection[];
  /** Calls the listener when the list has changed, in whatever way and tab. Returns the unsubscribe. */
  subscribe(listener: () => void): () => void;
  /**
   * Writes it once more, against what is there now; of a part of a transaction, the whole transaction (CR-12). `null`: there is
   * no such rejection.
   *
   * @throws SchemaError where the schema that this device has refuses it; then it stays on the list
   */
  retry(id: string): WriteHandle | null;
  /**
   * Writes it once more with another value in the place of the attempted one: for `set` the value, for `patch` the fields (`undefined`
   * unsets one; fields that are not named are not written), for `add` and `discard` the value, for `count` the delta. A function gets what was attempted. Of
   * a part of a transaction, the whole transaction is written once more, with that part changed.
   *
   * ```ts
   * client.rejections.edit(id, (attempted) => ({ ...attempted, title: 'Shorter' }));
   * ```
   *
   * @throws TopGunError `unknown-rejection`: it is not, or no longer, on the list; `record-absent`: a patch of a record that has gone (`not-loaded` while
   * its map comes from storage); `nothing-to-edit`: a removal; `invalid-value` …, `schema-violation`; then nothing has happened, and it stays on the list
   */
  // What was attempted is the app's own type, which nobody here knows.
  edit<T = any>(id: string, next: T | ((attempted: T) => T)): WriteHandle;
  /**
   * With all parts of its transaction. Resolves to true when that is durable; to false when there is no such rejection, or storage
   * fails: then it is back on the list.
   */
  discard(id: string): Promise<boolean>;
}

export interface RefusedWritesOptions {
  readonly rejections: Rejections;
  readonly stores: MapStores;
  readonly schema: SchemaDefinition | null;
  readonly notifier: Notifier;
  readonly transactions: Pick<Transactions, 'run'>;
  /** Takes them out of storage, all at once, and tells the siblings. False: storage failed, as was told. */
  readonly forget: (refused: readonly StoredRejection[]) => Promise<boolean>;
}

type Draft = TransactionDraft<MapStore>;

/** What can be done about refused writes: the list in memory goes first, storage follows. */
export class RefusedWrites implements RejectionList {
  readonly #options: RefusedWritesOptions;

  constructor(options: RefusedWritesOptions) {
    this.#options = options;
  }

  list(): readonly Rejection[] {
    return this.#options.rejections.list();
  }

  subscribe(listener: () => void): () => void {
    return this.#options.rejections.onChanged(listener);
  }

  retry(id: string): WriteHandle | null {
    const refused = this.#options.rejections.whole(id);
    return refused.length === 0 ? null : this.#writeAgain(refused, bodyAgain);
  }

  edit<T>(id: string, next: T | ((attempted: T) => T)): WriteHandle {
    const { rejections, stores } = this.#options;
    const edited = rejections.get(id)?.op;
    if (edited === undefined) {
      throw new TopGunError(
        'unknown-rejection',
        `There is no refused write ${JSON.stringify(id)}: it may have been retried, edited or discarded already.`,
      );
    }
    const given = isChange(next) ? next(attemptedValue(edited) as T) : next;
    // The app's function may have written too: what is there now counts.
    return this.#writeAgain(rejections.whole(id), (op, current) => {
      if (op !== edited) return bodyAgain(op, current);
      const store = stores.use(op.map);
      if (op.kind === 'patch' && store.status === 'loading' && !isVisible(current)) throw notLoaded(op.map);
      const plan = editedBody(op, current, writeInput(given), store.overlay.now());
      if (!plan.ok) throw writeError(plan.error);
      return plan.value;
    });
  }

  async discard(id: string): Promise<boolean> {
    const { rejections, notifier, forget } = this.#options;
    const refused = rejections.whole(id);
    if (refused.length === 0) return false;
    notifier.batch(() => this.#take(refused));
    if (await forget(refused)) return true;
    notifier.batch(() => {
      for (const stored of refused) {
        rejections.restore(stored);
        this.#touch(stored);
      }
    });
    return false;
  }

  /** One alone is an ordinary write. */
  #writeAgain(
    refused: readonly StoredRejection[],
    bodyFor: (op: Op, current: LwwRecord | undefined) => OpBody | null,
  ): WriteHandle {
    const { stores, schema, notifier, transactions } = this.#options;
    const write = (draft: Draft): void => {
      for (const { op } of refused) {
        const store = stores.use(op.map);
        const again = bodyFor(op, draft.record(store, op.key));
        const body = conformWrite(schema, op.map, op.key, draft.value(store, op.key), again);
        if (body !== null) draft.add(store, op.key, body);
      }
    };
    return notifier.batch(() => {
      const ops = refused.map(({ op }) => op);
      const handle = transactions.run(write, ops);
      // There is nothing to write, so nothing that it could leave storage with.
      if (handle === NOTHING_TO_DO) void this.#options.forget(refused);
      this.#take(refused);
      return handle;
    });
  }

  #take(refused: readonly StoredRejection[]): void {
    for (const stored of refused) {
      this.#options.rejections.remove(opIdText(stored.op));
      this.#touch(stored);
    }
  }

  #touch({ op }: StoredRejection): void {
    this.#options.stores.peek(op.map)?.touch([op.key]);
  }
}

// Records are data: a function can only be the change.
const isChange = <T>(next: T | ((attempted: T) => T)): next is (attempted: T) => T => typeof next === 'function';
