import { encodeRecord } from '@topgun/core/crdt';
import type { PushedSub, RowChange, RowsMessage } from '@topgun/core/protocol';
import type { HostRow } from '../../ports/partition-host.js';
import { approximateBytes } from './wire-changes.js';

/** SY-1: the most rows, and about the most bytes, of one message of a first answer. */
export const ROWS_PER_MESSAGE = 500;
const BYTES_PER_MESSAGE = 512 * 1024;

/**
 * The subscriptions of one session as messages: each subscription's are numbered densely from 0, so that the client sees
 * a gap. It holds the next numbers and nothing of the rows.
 */
export class SessionSubscriptions {
  /** The next number of each subscription that has its first answer. */
  readonly #next = new Map<number, number>();
  /** Asked for and not answered yet. */
  readonly #asked = new Set<number>();
  readonly #queryBytes = new Map<number, number>();
  #allQueryBytes = 0;

  /** How many subscriptions stand, or are asked for. */
  get size(): number {
    return this.#next.size + this.#asked.size;
  }

  /** The size of all their queries. */
  get queryBytes(): number {
    return this.#allQueryBytes;
  }

  ask(sub: number, queryBytes: number): void {
    this.end(sub);
    this.#asked.add(sub);
    this.#queryBytes.set(sub, queryBytes);
    this.#allQueryBytes += queryBytes;
  }

  end(sub: number): void {
    this.#asked.delete(sub);
    this.#next.delete(sub);
    this.#allQueryBytes -= this.#queryBytes.get(sub) ?? 0;
    this.#queryBytes.delete(sub);
  }

  /** The first answer: all rows, cut into messages, the last of which says `done`. */
  answer(sub: number, rows: readonly HostRow[], full: boolean, through: number, anew = false): RowsMessage[] {
    if (!this.#asked.delete(sub)) return [];
    const messages: RowsMessage[] = [];
    const add = (changes: readonly RowChange[], done: boolean): void => {
      const n = messages.length;
      messages.push({ type: 'rows', sub, n, through, changes, done, full: done && full, ...(anew ? { anew } : {}) });
    };
    let changes: RowChange[] = [];
    let bytes = 0;
    for (const { key, record } of rows) {
      const change: RowChange = ['enter', key, encodeRecord(record)];
      const size = approximateBytes(change);
      if (changes.length === ROWS_PER_MESSAGE || (changes.length > 0 && bytes + size > BYTES_PER_MESSAGE)) {
        add(changes, false);
        changes = [];
        bytes = 0;
      }
      changes.push(change);
      bytes += size;
    }
    add(changes, true);
    this.#next.set(sub, messages.length);
    return messages;
  }

  /** One subscription's part of a push; `null` when it has ended meanwhile. */
  push(sub: number, changes: readonly RowChange[], full: boolean): PushedSub | null {
    const n = this.#next.get(sub);
    if (n === undefined) return null;
    this.#next.set(sub, n + 1);
    return { sub, n, changes, full };
  }
}
