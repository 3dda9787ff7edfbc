import type { Frame, SessionFault } from './stages.js';

/** What one session may have waiting before it is told that it sends faster than the server takes. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** What all sessions together may: a ledger that is out of reach keeps everything waiting. */
export const MAX_ALL_WAITING_BYTES = 256 * 1024 * 1024;

/** PI-2: how much waits, of each session and of all, for a hook or for room in a commit. */
export class WaitingBytes {
  #all = 0;
  #messages = 0;

  get bytes(): number {
    return this.#all;
  }

  get messages(): number {
    return this.#messages;
  }

  /** The frame waits from now on; or it may not, and why. */
  hold({ session, bytes }: Frame): SessionFault | null {
    if (session.waitingBytes + bytes > MAX_WAITING_BYTES || this.#all + bytes > MAX_ALL_WAITING_BYTES) {
      return { code: 'overloaded', reason: 'More ops are waiting than the server can write.' };
    }
    session.waitingBytes += bytes;
    this.#all += bytes;
    this.#messages += 1;
    return null;
  }

  /** It waits no longer. */
  release({ session, bytes }: Frame): void {
    session.waitingBytes -= bytes;
    this.#all -= bytes;
    this.#messages -= 1;
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#all = 0;
    this.#messages = 0;
  }
}
