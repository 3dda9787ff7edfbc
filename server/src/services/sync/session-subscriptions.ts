import { encodeRecord } from '@topgun/core/crdt';
import { encodeBase64url } from '@topgun/core/primitives';
import type { LevelMessage, PushedSub, RowChange, RowsMessage, SameMessage } from '@topgun/core/protocol';
import type { HostRow } from '../../ports/partition-host.js';
import { approximateBytes } from './wire-changes.js';

/** SY-1: the most rows, and about the most bytes, of one message of a first answer. */
export const ROWS_PER_MESSAGE = 500;
const BYTES_PER_MESSAGE = 512 * 1024;

/** What a first answer consists of, or what leads up to it. */
export type AnswerMessage = SameMessage | LevelMessage | RowsMessage;

/** SY-2: what has to be done to the rows that a client holds. */
export interface ResumedRows {
  readonly changes: readonly RowChange[];
  readonly nodes: Uint8Array;
  readonly full: boolean;
  readonly through: number;
}

/**
 * The subscriptions of one session as messages: each subscription's are numbered densely from 0, so that the client sees
 * a gap. It holds the next numbers and nothing of the rows.
 */
export class SessionSubscriptions {
  /** The next number of each subscription that has its first answer. */
  readonly #next = new Map<number, number>();
  /** Asked for and not answered yet. */
  readonly #asked = new Set<number>();
  /** What changed in them has been left out, and the client does not know that yet. */
  readonly #behind = new Set<number>();
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
    this.#behind.delete(sub);
    this.#allQueryBytes -= this.#queryBytes.get(sub) ?? 0;
    this.#queryBytes.delete(sub);
  }

  /** Whether it stands, or is asked for. */
  has(sub: number): boolean {
    return this.#next.has(sub) || this.#asked.has(sub);
  }

  /** Whether nothing has been said of it yet. */
  isFirst(sub: number): boolean {
    return this.#asked.has(sub);
  }

  /** The first answer: all rows, cut into messages, the last of which says `done`. */
  answer(sub: number, rows: readonly HostRow[], full: boolean, through: number, anew = false): RowsMessage[] {
    const n = this.#begin(sub);
    if (n === null) return [];
    const messages = this.#rowsMessages(sub, n, enteringAll(rows), { through, full });
    return anew ? messages.map((message) => ({ ...message, anew })) : messages;
  }

  /** SY-2: changes of the rows that the client holds, in the same form. */
  resume(sub: number, { changes, nodes, full, through }: ResumedRows): RowsMessage[] {
    const n = this.#begin(sub);
    if (n === null) return [];
    const messages = this.#rowsMessages(sub, n, changes, { through, full });
    return messages.map((message, at) => ({
      ...message,
      kept: true,
      // First what is to be dropped, then what is to be there all the same.
      ...(at === 0 && nodes.length > 0 ? { nodes: encodeBase64url(nodes) } : {}),
    }));
  }

  /** SY-2: the client's rows are the ones. `through: null`: as of the position it was welcomed with. */
  same(sub: number, full: boolean, through: number | null): SameMessage[] {
    const n = this.#begin(sub);
    if (n === null) return [];
    this.#next.set(sub, n + 1);
    return [{ type: 'same', sub, ...(through === null ? {} : { through }), ...(full ? { full } : {}) }];
  }

  /** SY-2: a turn of an exchange. Pushes may come from here on. */
  level(sub: number, nodes: Uint8Array): LevelMessage[] {
    const n = this.#begin(sub);
    if (n === null) return [];
    this.#next.set(sub, n + 1);
    return [{ type: 'level', sub, n, nodes: encodeBase64url(nodes) }];
  }

  /** The number of the next message; `null` when the subscription has ended. */
  #begin(sub: number): number | null {
    return this.#asked.delete(sub) ? 0 : (this.#next.get(sub) ?? null);
  }

  #rowsMessages(
    sub: number,
    first: number,
    rows: Iterable<RowChange>,
    { through, full }: { readonly through: number; readonly full: boolean },
  ): RowsMessage[] {
    const messages: RowsMessage[] = [];
    const add = (changes: readonly RowChange[], done: boolean): void => {
      messages.push({ type: 'rows', sub, n: first + messages.length, through, changes, done, full: done && full });
    };
    let changes: RowChange[] = [];
    let bytes = 0;
    for (const change of rows) {
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
    this.#next.set(sub, first + messages.length);
    return withTotal(messages);
  }

  /** PT-9: something has been left out that the client does not know of yet: not everything has been told. */
  get isBehind(): boolean {
    return this.#behind.size > 0;
  }

  /** PT-9: leaves out what changed. The number of the next message is passed over, so that whatever comes next shows the gap. */
  skip(sub: number): void {
    const n = this.#next.get(sub);
    if (n === undefined || this.#behind.has(sub)) return;
    this.#behind.add(sub);
    this.#next.set(sub, n + 1);
  }

  /** PT-9: shows the client every gap, upon which it asks again. */
  catchUp(): PushedSub[] {
    const behind = [...this.#behind];
    this.#behind.clear();
    return behind.map((sub) => this.push(sub, [], false)!);
  }

  /** One subscription's part of a push; `null` when it has ended meanwhile. */
  push(sub: number, changes: readonly RowChange[], full: boolean): PushedSub | null {
    const n = this.#next.get(sub);
    if (n === undefined) return null;
    this.#next.set(sub, n + 1);
    return { sub, n, changes, full };
  }
}

function* enteringAll(rows: readonly HostRow[]): Iterable<RowChange> {
  // Who has it in this form as well makes the other one only when asked for it.
  for (const row of rows) yield ['enter', row.key, row.wire ?? encodeRecord(row.record)];
}

/** A client that waits for several messages can say how far it is. */
function withTotal(messages: readonly RowsMessage[]): RowsMessage[] {
  const [first, ...rest] = messages;
  if (first === undefined || rest.length === 0) return [...messages];
  const total = messages.reduce((sum, { changes }) => sum + changes.length, 0);
  return [{ ...first, total }, ...rest];
}
