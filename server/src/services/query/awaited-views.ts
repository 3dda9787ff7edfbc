import type { SessionId } from '../../ports/partition-host.js';

/** SE-43: subscriptions whose view cannot be opened yet. One that is ended meanwhile, or asked for anew, is not opened for what it was. */
export class AwaitedViews {
  readonly #bySession = new Map<SessionId, Map<number, object>>();

  /** What opens the view, once, unless it has been ended by then. */
  begin(session: SessionId, sub: number, open: () => void): () => void {
    const asked = {};
    const subs = this.#bySession.get(session) ?? new Map<number, object>();
    subs.set(sub, asked);
    this.#bySession.set(session, subs);
    return () => {
      if (this.#bySession.get(session)?.get(sub) !== asked) return;
      this.end(session, sub);
      open();
    };
  }

  end(session: SessionId, sub: number): void {
    const subs = this.#bySession.get(session);
    subs?.delete(sub);
    if (subs?.size === 0) this.#bySession.delete(session);
  }

  endAll(session: SessionId): void {
    this.#bySession.delete(session);
  }
}
