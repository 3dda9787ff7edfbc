import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';
import { SeqMap } from './seq-map.js';

/**
 * Values by op id, those of each replica in the order of their sequence. Nested, since replicas are few: making one text of the id
 * for every look costs more than both looks.
 */
export class OpIdMap<T> {
  readonly #byReplica = new Map<ReplicaId, SeqMap<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ replica, seq }: OpId): T | undefined {
    return this.#byReplica.get(replica)?.get(seq);
  }

  set({ replica, seq }: OpId, value: T): void {
    let ofReplica = this.#byReplica.get(replica);
    if (ofReplica === undefined) this.#byReplica.set(replica, (ofReplica = new SeqMap()));
    const sizeBefore = ofReplica.size;
    ofReplica.set(seq, value);
    this.#size += ofReplica.size - sizeBefore;
  }

  /** Takes the value out; `undefined` when there was none. */
  take({ replica, seq }: OpId): T | undefined {
    const value = this.#byReplica.get(replica)?.take(seq);
    if (value !== undefined) this.#size--;
    return value;
  }

  *values(): Iterable<T> {
    for (const ofReplica of this.#byReplica.values()) yield* ofReplica.values();
  }

  clear(): void {
    this.#byReplica.clear();
    this.#size = 0;
  }
}
