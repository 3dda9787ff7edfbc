import type { LwwRecord, Op, OpBody, OpId } from '../../crdt/index.js';
import { bodyOf } from '../outbox/op-issuer.js';
import type { Rejection } from '../outbox/rejection.js';
import type { Rejections } from '../outbox/rejections.js';
import type { WriteHandle } from '../outbox/write-handle.js';
import type { MapStore } from '../state/map-store.js';
import type { MapStores } from '../state/map-stores.js';
import type { Notifier } from '../state/notifier.js';

/** CL-7: the refused writes. They survive reloads. */
export interface RejectionList {
  /** Oldest first; the same array until it changes. */
  list(): readonly Rejection[];
  /** Writes it once more, against what is there now. `null`: there is no such rejection. */
  retry(id: string): WriteHandle | null;
  /** Resolves to false when there is no such rejection. */
  discard(id: string): Promise<boolean>;
}

export interface RefusedWritesOptions {
  readonly rejections: Rejections;
  readonly stores: MapStores;
  readonly notifier: Notifier;
  readonly write: (store: MapStore, key: string, body: OpBody) => WriteHandle;
  /** Takes it out of storage. */
  readonly forget: (id: OpId) => Promise<void>;
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
    const { rejections, stores, write } = this.#options;
    const stored = rejections.get(id);
    if (stored === undefined) return null;
    const { map, key } = stored.op;
    const store = stores.use(map);
    const handle = write(store, key, bodyAgain(stored.op, store.overlay.record(key)));
    // The new write is durable first: a crash between the two leaves a rejection too many, never a write too few.
    void handle.persisted.then(() => this.discard(id));
    return handle;
  }

  async discard(id: string): Promise<boolean> {
    const { rejections, stores, notifier, forget } = this.#options;
    const removed = notifier.batch(() => {
      const stored = rejections.remove(id);
      if (stored !== undefined) stores.peek(stored.op.map)?.touch([stored.op.key]);
      return stored;
    });
    if (removed === undefined) return false;
    await forget({ replica: removed.op.replica, seq: removed.op.seq });
    return true;
  }
}

/** The body of an op, fit for the record as it is now. */
function bodyAgain(op: Op, current: LwwRecord | undefined): OpBody {
  const body = bodyOf(op);
  return body.kind === 'create' ? { ...body, restart: current?.existence?.op === 'remove' } : body;
}
