import type { ServerMessage } from '@topgun/core/protocol';
import type { AnswerMessage } from '../services/sync/session-subscriptions.js';
import type { ClientLink } from './client-link.js';

/** How far a first answer runs ahead of its reader; what is on the way meanwhile keeps the line busy. */
export const ANSWER_AHEAD_BYTES = 1024 * 1024;

/**
 * What goes out to one client, in order. A first answer may be larger than any client reads at once, so it goes out as it
 * is read, and everything else waits behind it; what waits counts as unread. It decides nothing: whoever sends asks
 * `unreadBytes` afterwards.
 */
export class Outgoing {
  readonly #link: ClientLink;
  #waiting: { readonly message: ServerMessage; readonly bytes: number }[] = [];
  #sent = 0;
  #waitingBytes = 0;

  constructor(link: ClientLink) {
    this.#link = link;
  }

  /** An answer is under way, and what is sent now waits behind it. */
  get isAnswering(): boolean {
    return this.#waiting.length > 0;
  }

  /** What the client has not read, without the answer it was promised. */
  get unreadBytes(): number {
    return this.#link.bufferedBytes() + this.#waitingBytes;
  }

  /** PT-9: what is to be read before anything that is sent now, beside an answer: a client that reads leaves little of it. */
  get backlogBytes(): number {
    return this.isAnswering ? this.#waitingBytes : this.#link.bufferedBytes();
  }

  send(...messages: readonly ServerMessage[]): void {
    if (!this.isAnswering) this.#link.send(...messages);
    else for (const message of messages) this.#wait(message, JSON.stringify(message).length);
  }

  /** Sends before all that waits: for what says nothing about rows or ops. */
  sendAhead(message: ServerMessage): void {
    this.#link.send(message);
  }

  /** Sends one first answer. Its rows are held by reference until they go out, so they count nothing. */
  answer(messages: readonly AnswerMessage[]): void {
    for (const message of messages) this.#wait(message, 0);
    this.drained();
  }

  /** The client has read something, perhaps: goes on. */
  drained(): void {
    while (this.isAnswering && this.#link.bufferedBytes() < ANSWER_AHEAD_BYTES) {
      const next = this.#waiting[this.#sent]!;
      this.#sent += 1;
      this.#waitingBytes -= next.bytes;
      if (this.#sent === this.#waiting.length) this.drop();
      this.#link.send(next.message);
    }
  }

  /** Nothing of what waits is sent any more. */
  drop(): void {
    this.#waiting = [];
    this.#sent = 0;
    this.#waitingBytes = 0;
  }

  #wait(message: ServerMessage, bytes: number): void {
    this.#waiting.push({ message, bytes });
    this.#waitingBytes += bytes;
  }
}
