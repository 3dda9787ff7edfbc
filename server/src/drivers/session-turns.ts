import type { SessionId } from '../ports/partition-host.js';

/** Commands of each session one after the other: those that come while one has to wait, wait behind it. */
export class SessionTurns<Command> {
  readonly #perform: (command: Command) => void;
  readonly #waiting = new Map<SessionId, Command[]>();

  constructor(perform: (command: Command) => void) {
    this.#perform = perform;
  }

  take(session: SessionId, command: Command): void {
    const waiting = this.#waiting.get(session);
    if (waiting === undefined) this.#perform(command);
    else waiting.push(command);
  }

  /** What follows waits until `until` says what is to be done first. */
  pause(session: SessionId, until: Promise<() => void>): void {
    const waiting: Command[] = [];
    this.#waiting.set(session, waiting);
    void until.then((first) => {
      if (this.#waiting.get(session) !== waiting) return;
      this.#waiting.delete(session);
      first();
      for (const [i, command] of waiting.entries()) {
        this.#perform(command);
        // It may have paused in its turn.
        const next = this.#waiting.get(session);
        if (next === undefined) continue;
        next.push(...waiting.slice(i + 1));
        return;
      }
    });
  }

  /** Nothing that waits of the session is wanted any more. */
  end(session: SessionId): void {
    this.#waiting.delete(session);
  }
}
