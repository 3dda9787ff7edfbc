import { createHolder, type Holder, type HashTrie } from '@topgun/core/merkle';
import type { HostEvent, SessionId } from '../../ports/partition-host.js';
import type { LiveView } from '../query/live-view.js';

/** The most that one turn may say: its text fits into a message. What would take more is answered with all rows. */
export const TURN_BYTES = 768 * 1024;

interface Exchange {
  readonly view: LiveView;
  readonly holder: Holder;
  readonly send: Set<string>;
  /** How many rows the client holds. */
  readonly held: number;
}

/** What the host makes of a turn. */
export type ExchangeOutcome = Level | Extract<HostEvent, { type: 'view-resumed' | 'exchange-failed' }> | 'all';

type Level = Extract<HostEvent, { type: 'view-level' }>;

/**
 * SY-2: the exchanges under way, one per subscription. The view stands open meanwhile, and pushes tell what changes: an exchange holds no
 * rows, only which of them to send.
 */
export class Exchanges {
  readonly #bySession = new Map<SessionId, Map<number, Exchange>>();
  /** Told how many rows a client held, and how many it was sent. */
  readonly compared: (session: SessionId, view: LiveView, held: number, sent: number) => void;

  constructor(compared: (session: SessionId, view: LiveView, held: number, sent: number) => void = () => {}) {
    this.compared = compared;
  }

  open(session: SessionId, sub: number, view: LiveView, trie: HashTrie, held: number): Level {
    const holder = createHolder(trie);
    let subs = this.#bySession.get(session);
    if (subs === undefined) this.#bySession.set(session, (subs = new Map()));
    subs.set(sub, { view, holder, send: new Set(), held });
    return { type: 'view-level', session, sub, view: view.id, nodes: holder.open() };
  }

  close(session: SessionId, sub: number): void {
    const subs = this.#bySession.get(session);
    if (subs?.delete(sub) === true && subs.size === 0) this.#bySession.delete(session);
  }

  closeSession(session: SessionId): void {
    this.#bySession.delete(session);
  }

  /** `null`: there is no such exchange; the subscription has ended, or been answered, meanwhile. `all`: answer with all rows. */
  receive(session: SessionId, sub: number, nodes: Uint8Array, through: number): ExchangeOutcome | null {
    const exchange = this.#bySession.get(session)?.get(sub);
    if (exchange === undefined) return null;
    const { view, holder, send, held } = exchange;
    const turn = holder.receive(nodes);
    if (!turn.ok) {
      this.close(session, sub);
      return { type: 'exchange-failed', session, sub, reason: turn.error.reason };
    }
    const { reply, isDone } = turn.value;
    for (const key of turn.value.send) send.add(key);
    if (!isDone && reply.length <= TURN_BYTES) return { type: 'view-level', session, sub, view: view.id, nodes: reply };
    this.close(session, sub);
    if (reply.length > TURN_BYTES) return 'all';
    const changes = view.entering(send);
    this.compared(session, view, held, changes.length);
    return { type: 'view-resumed', session, sub, view: view.id, changes, nodes: reply, full: view.full, through };
  }
}
