import type { Frame, SessionFault } from './stages.js';

/** What one session may have waiting before it is told that it sends faster than the server takes. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** What all sessions of one user may, so that none of them fills what there is for all. */
export const MAX_USER_WAITING_BYTES = 32 * 1024 * 1024;
/** What all sessions together may: a ledger that is out of reach keeps everything waiting. */
export const MAX_ALL_WAITING_BYTES = 256 * 1024 * 1024;

/** PI-2: how much waits, of each session and of all, for a hook or for room in a commit. */
export class WaitingBytes {
  #all = 0;
  #messages = 0;
  /** By the principal. */
  readonly #ofUsers = new Map<string, number>();

  get bytes(): number {
    return this.#all;
  }

  get messages(): number {
    return this.#messages;
  }

  /** The frame waits from now on; or it may not, and why. */
  hold({ session, bytes }: Frame): SessionFault | null {
    const principal = session.identity?.principal ?? null;
    const ofUser = principal === null ? 0 : (this.#ofUsers.get(principal) ?? 0);
    if (
      session.waitingBytes + bytes > MAX_WAITING_BYTES ||
      ofUser + bytes > MAX_USER_WAITING_BYTES ||
      this.#all + bytes > MAX_ALL_WAITING_BYTES
    ) {
      return { code: 'overloaded', reason: 'More ops are waiting than the server can write.' };
    }
    session.waitingBytes += bytes;
    if (principal !== null) this.#ofUsers.set(principal, ofUser + bytes);
    this.#all += bytes;
    this.#messages += 1;
    return null;
  }

  /** It waits no longer. */
  release({ session, bytes }: Frame): void {
    session.waitingBytes -= bytes;
    const principal = session.identity?.principal ?? null;
    if (principal !== null) {
      const left = (this.#ofUsers.get(principal) ?? 0) - bytes;
      if (left > 0) this.#ofUsers.set(principal, left);
      else this.#ofUsers.delete(principal);
    }
    this.#all -= bytes;
    this.#messages -= 1;
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#all = 0;
    this.#messages = 0;
    this.#ofUsers.clear();
  }
}
