import type { SessionId, ViewRefusal } from '../../ports/partition-host.js';
import type { ViewWaiter } from './opening-view.js';

/** SE-43: subscriptions whose view cannot be opened yet. One that is ended meanwhile, or asked for anew, is not opened for what it was. */
export class AwaitedViews {
  readonly #bySession = new Map<SessionId, Map<number, object>>();

  /** `ready` opens the view, once, unless it has been ended by then. */
  begin(session: SessionId, sub: number, open: (refusal: ViewRefusal | null) => void): ViewWaiter {
    const asked = {};
    const subs = this.#bySession.get(session) ?? new Map<number, object>();
    subs.set(sub, asked);
    this.#bySession.set(session, subs);
    const isWanted = (): boolean => this.#bySession.get(session)?.get(sub) === asked;
    return {
      isWanted,
      ready: (refusal) => {
        if (!isWanted()) return;
        this.end(session, sub);
        open(refusal);
      },
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
