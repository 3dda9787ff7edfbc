import { transactionIdText } from '../../crdt/index.js';
import type { StoredRejection } from '../ports/storage.js';
import { rejectionOf, type Rejection } from './rejection.js';

/** Decides when listeners are called: the tab's `Notifier`. */
export interface RejectionNotifier {
  enqueue(notify: () => void): void;
  guard(notify: () => void): void;
}

/** CL-7: the refused writes of this database that nobody has retried, edited or discarded. A mirror of what storage holds. */
export class Rejections {
  readonly #stored = new Map<string, StoredRejection>();
  readonly #countByRecord = new Map<string, number>();
  readonly #listeners = new Set<(rejection: Rejection) => void>();
  readonly #notifier: RejectionNotifier;
  readonly #watchers = new Set<() => void>();
  #list: readonly Rejection[] | null = [];
  #isTelling = false;

  constructor(notifier: RejectionNotifier) {
    this.#notifier = notifier;
  }

  /** Oldest first; the same array until something changes. */
  list(): readonly Rejection[] {
    this.#list ??= [...this.#stored.values()].map(rejectionOf).sort((a, b) => a.at - b.at);
    return this.#list;
  }

  /** As storage has them. */
  stored(): Iterable<StoredRejection> {
    return this.#stored.values();
  }

  get(id: string): StoredRejection | undefined {
    return this.#stored.get(id);
  }

  /** That one, or all parts of the transaction it is of, in their order (CR-12). */
  whole(id: string): readonly StoredRejection[] {
    const stored = this.#stored.get(id);
    if (stored === undefined) return [];
    const transaction = transactionIdText(stored.op);
    if (transaction === undefined) return [stored];
    const parts = [...this.#stored.values()].filter(({ op }) => transactionIdText(op) === transaction);
    return parts.sort((a, b) => a.op.seq - b.op.seq);
  }

  has(map: string, key: string): boolean {
    return this.#countByRecord.has(recordId(map, key));
  }

  /** From storage: known already, so nobody is called. */
  restore(stored: StoredRejection): void {
    this.#put(stored);
  }

  /** Returns the calls to make: each listener with what was just refused. */
  add({ op, code, reason, at }: StoredRejection): readonly (() => void)[] {
    const stored = { op, code, reason, at };
    if (!this.#put(stored)) return [];
    const rejection = rejectionOf(stored);
    return [...this.#listeners].map((listener) => () => listener(rejection));
  }

  remove(id: string): StoredRejection | undefined {
    const stored = this.#stored.get(id);
    if (stored === undefined) return undefined;
    this.#stored.delete(id);
    this.#changed();
    const record = recordId(stored.op.map, stored.op.key);
    const left = (this.#countByRecord.get(record) ?? 1) - 1;
    if (left === 0) this.#countByRecord.delete(record);
    else this.#countByRecord.set(record, left);
    return stored;
  }

  clear(): void {
    if (this.#stored.size === 0) return;
    this.#stored.clear();
    this.#countByRecord.clear();
    this.#changed();
  }

  /** Called once for all changes of a batch. */
  onChanged(listener: () => void): () => void {
    // Its own function object: adding one listener twice makes two of it.
    const own = (): void => listener();
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  onAdded(listener: (rejection: Rejection) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(stored: StoredRejection): boolean {
    const { id } = rejectionOf(stored);
    if (this.#stored.has(id)) return false;
    this.#stored.set(id, stored);
    this.#changed();
    const record = recordId(stored.op.map, stored.op.key);
    this.#countByRecord.set(record, (this.#countByRecord.get(record) ?? 0) + 1);
    return true;
  }

  #changed(): void {
    this.#list = null;
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#notifier.enqueue(() => {
      this.#isTelling = false;
      for (const watcher of [...this.#watchers]) this.#notifier.guard(watcher);
    });
  }
}

/** Map names hold no NUL. */
const recordId = (map: string, key: string): string => `${map}\0${key}`;
