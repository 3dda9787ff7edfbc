import { stampMillis } from '@topgun/core/clock';
import type { SnapshotMark } from '../layout/snapshot-head.js';
import { marksOf } from '../crdt/forget-mark.js';
import type { RecordChange } from '../crdt/overlay.js';
import type { PlacedMark } from './forget-due.js';

interface AgingMark extends PlacedMark {
  /** When it was committed, in ms since 1970, as well as that is known. */
  readonly since: number;
}

/**
 * CR-10: what waits to be forgotten, in the order in which it was committed. A mark's age counts from its commit, so that a
 * removal which arrives late, from a device that was away, is kept as long as any other. Of what was found in the ledger
 * at the start it counts from the greatest stamp of all that was taken up to it, since no stamp is far ahead of its commit. The marks
 * themselves do not tell: a tag is taken away at its own stamp, which may be years old.
 */
export class MarkQueue {
  #marks: AgingMark[] = [];
  #head = 0;
  #latest = 0;

  get size(): number {
    return this.#marks.length - this.#head;
  }

  /** Since when the first one waits; `null`: none does. */
  get since(): number | null {
    return this.#marks[this.#head]?.since ?? null;
  }

  /** What the commit at `position` has changed. `now`: the time of the commit, or the latest that is known to lie before it. */
  note(changes: readonly RecordChange[], position: number, now: number): void {
    for (const change of changes) {
      for (const mark of marksOf(change)) {
        this.#latest = Math.max(this.#latest, now, stampMillis(mark.stamp));
        this.#marks.push({ ...mark, position, since: this.#latest });
      }
    }
  }

  /** What waits of the partition, as a snapshot keeps it. */
  of(partition: number): readonly SnapshotMark[] {
    const marks: SnapshotMark[] = [];
    for (let i = this.#head; i < this.#marks.length; i += 1) {
      const mark = this.#marks[i]!;
      if (mark.partition === partition) marks.push(mark);
    }
    return marks;
  }

  /** What snapshots have kept, and then what the log says after them: in order again, of position. */
  restore(partition: number, marks: readonly SnapshotMark[]): void {
    for (const mark of marks) {
      this.#latest = Math.max(this.#latest, mark.since);
      this.#marks.push({ ...mark, partition });
    }
  }

  /** Once everything is restored and noted. One that waits behind a later one waits as long as that. */
  order(): void {
    this.#marks = this.#marks.slice(this.#head).sort((a, b) => a.position - b.position);
    this.#head = 0;
  }

  /** Those that have waited since `until` or before, from the first on. */
  due(until: number, count: number): readonly PlacedMark[] {
    const due: PlacedMark[] = [];
    for (let i = this.#head; i < this.#marks.length && due.length < count; i += 1) {
      const mark = this.#marks[i]!;
      if (mark.since > until) break;
      due.push(mark);
    }
    return due;
  }

  /** The first ones are done with. */
  drop(count: number): void {
    this.#head = Math.min(this.#head + count, this.#marks.length);
    if (this.#head < 1_024 || this.#head * 2 < this.#marks.length) return;
    this.#marks = this.#marks.slice(this.#head);
    this.#head = 0;
  }

  /** What was committed before `position` is done with: later marks have been forgotten, and they go in order. */
  dropBefore(position: number): void {
    let count = 0;
    while ((this.#marks[this.#head + count]?.position ?? Infinity) < position) count += 1;
    this.drop(count);
  }
}
