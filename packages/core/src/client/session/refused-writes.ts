import { liveTags, type LwwRecord, type Op, type OpBody, type OpId } from '../../crdt/index.js';
import { bodyOf } from '../outbox/op-issuer.js';
import type { Rejection } from '../outbox/rejection.js';
import type { Rejections } from '../outbox/rejections.js';
import type { WriteHandle } from '../outbox/write-handle.js';
import type { MapStores } from '../state/map-stores.js';
import type { Notifier } from '../state/notifier.js';
import { opIdText } from '../storage/op-id.js';
import type { Transactions } from './transactions.js';

/** CL-7: the refused writes. They survive reloads. */
export interface RejectionList {
  /** Oldest first; the same array until it changes. */
  list(): readonly Rejection[];
  /**
   * Writes it once more, against what is there now; of a part of a transaction, the whole transaction (CR-12). `null`: there is
   * no such rejection.
   */
  retry(id: string): WriteHandle | null;
  /** With all parts of its transaction. Resolves to false when there is no such rejection. */
  discard(id: string): Promise<boolean>;
}

export interface RefusedWritesOptions {
  readonly rejections: Rejections;
  readonly stores: MapStores;
  readonly notifier: Notifier;
  readonly transactions: Pick<Transactions, 'run'>;
  /** Takes them out of storage, all at once. */
  readonly forget: (ids: readonly OpId[]) => Promise<void>;
}

/** What can be done about refused writes: the list in memory goes first, storage follows. */
export class RefusedWrites implements RejectionList {
  readonly #options: RefusedWritesOptions;

  constructor(options: RefusedWritesOptions) {
    this.#options = options;
  }

  list(): readonly Rejection[] {
    return this.#options.rejections.list();
  }

  retry(id: string): WriteHandle | null {
    const { rejections, stores, transactions } = this.#options;
    const refused = rejections.whole(id);
    if (refused.length === 0) return null;
    // One alone is an ordinary write.
    const handle = transactions.run((draft) => {
      for (const { op } of refused) {
        const store = stores.use(op.map);
        const body = bodyAgain(op, draft.record(store, op.key));
        if (body !== null) draft.add(store, op.key, body);
      }
    });
    // The new write is durable first: a crash between the two leaves a rejection too many, never a write too few.
    void handle.persisted.then(() => this.discard(id));
    return handle;
  }

  async discard(id: string): Promise<boolean> {
    const { rejections, stores, notifier, forget } = this.#options;
    const removed = notifier.batch(() => {
      const refused = rejections.whole(id);
      for (const stored of refused) {
        rejections.remove(opIdText(stored.op));
        stores.peek(stored.op.map)?.touch([stored.op.key]);
      }
      return refused;
    });
    if (removed.length === 0) return false;
    await forget(removed.map(({ op: { replica, seq } }) => ({ replica, seq })));
    return true;
  }
}

/** The body of an op, fit for the record as it is now; `null`: there is nothing left to do. */
function bodyAgain(op: Op, current: LwwRecord | undefined): OpBody | null {
  const body = bodyOf(op);
  switch (body.kind) {
    case 'create':
      return { ...body, restart: current?.existence?.op === 'remove' };
    case 'add':
    case 'discard': {
      const tags = current === undefined ? [] : liveTags(current, body.value);
      return body.kind === 'discard' && tags.length === 0 ? null : { ...body, tags };
    }
    default:
      return body;
  }
}
