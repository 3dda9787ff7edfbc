import type { Result } from '@topgun/core/primitives';
import type { Clock, Timers } from '../ports/environment.js';
import type { Costs } from './budgets/budgets.js';
import type { ConnectionBudget } from './budgets/connection-budget.js';
import type { Overdrawn } from './budgets/overdrawn.js';
import { MAX_DEBT_MS } from './budgets/rate.js';

/** A message as it came, not taken apart yet. */
export interface Incoming {
  /** Its size on the wire. */
  readonly bytes: number;
  /** What it says, or why that cannot be told. */
  read(): Result<unknown, string>;
}

/** A message that has been read: what it costs, and what it comes to. */
export interface Understood {
  readonly costs: Costs;
  run(): void;
}

export interface InboxOptions {
  readonly budget: ConnectionBudget;
  readonly waitingBytes: number;
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Takes a message apart; `null`: there is nothing to be done for it. */
  readonly understand: (incoming: Incoming) => Understood | null;
  /** More came than may wait. */
  readonly onOverdrawn: (overdrawn: Overdrawn) => void;
}

interface Waiting {
  readonly incoming: Incoming;
  dueAt: number;
  understood: Understood | null;
}

/**
 * AB-2: one connection's messages, each in its turn. Whoever sends more than its budget holds is served later and not refused, so that an
 * app with much to say just takes longer. A message that waits is not even taken apart; what waits is bounded.
 */
export class Inbox {
  readonly #options: InboxOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** What the first of them waits for, where that is known. */
  #heldUpBy: Overdrawn | null = null;
  #isRunning = false;
  #cancel: (() => void) | null = null;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  take(incoming: Incoming): void {
    const { budget, clock, patienceMs, waitingBytes } = this.#options;
    const { bytes } = incoming;
    const { ms, overdrawn } = budget.take({ messages: 1, bytes });
    if (overdrawn !== null) return this.#options.onOverdrawn(overdrawn);
    if (this.#waitingBytes + bytes > waitingBytes && this.#waiting.length > 0) {
      const heldUpBy = this.#heldUpBy ?? budget.waitFor({ messages: 1, bytes }).overdrawn;
      return this.#options.onOverdrawn({ ...WAITING, ...asManyAsNobodyHas(heldUpBy), retryAfterMs: patienceMs });
    }
    const full = budget.holdWaiting(bytes, ms > 0 || this.#waiting.length > 0);
    if (full !== null) {
      return this.#options.onOverdrawn({ ...full, ...asManyAsNobodyHas(this.#heldUpBy), retryAfterMs: patienceMs });
    }
    this.#waiting.push({ incoming, dueAt: clock.now() + ms, understood: null });
    this.#waitingBytes += bytes;
    if (this.#cancel === null) this.#run();
  }

  /** Nothing of what waits is heard any more. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let done = 0;
    const waiting = this.#waiting;
    // What it comes to may close the inbox.
    while (done < waiting.length && this.#waiting === waiting && this.#advance(waiting[done]!)) done += 1;
    this.#isRunning = false;
    if (this.#waiting === waiting) waiting.splice(0, done);
  }

  /** Whether the message is dealt with. Otherwise a timer goes on with it. */
  #advance(head: Waiting): boolean {
    const { budget, clock, understand } = this.#options;
    if (!this.#isDue(head)) return false;
    if (head.understood === null) {
      const understood = understand(head.incoming);
      if (understood === null) return this.#dealtWith(head);
      const wait = budget.waitFor(understood.costs);
      budget.charge(understood.costs);
      head.understood = understood;
      head.dueAt = clock.now() + wait.ms;
      this.#heldUpBy = wait.overdrawn;
      if (!this.#isDue(head)) return false;
    }
    head.understood.run();
    return this.#dealtWith(head);
  }

  #dealtWith({ incoming }: Waiting): true {
    this.#waitingBytes -= incoming.bytes;
    this.#options.budget.holdWaiting(-incoming.bytes, false);
    this.#heldUpBy = null;
    return true;
  }

  #isDue(head: Waiting): boolean {
    const { clock, timers } = this.#options;
    const left = head.dueAt - clock.now();
    if (left <= 0) return true;
    // The clock may be put back meanwhile; then it is the timer that counts.
    this.#cancel = timers.after(Math.ceil(Math.min(left, MAX_DEBT_MS)), () => {
      this.#cancel = null;
      head.dueAt = 0;
      this.#run();
    });
    return false;
  }
}

const WAITING = { scope: 'connection', resource: 'waiting' } as const;

/** Clients have few writes under way at once (CL-5). Where much waits all the same, it is large, and waits for `bytes`: that is no flood (AB-9). */
const asManyAsNobodyHas = (heldUpBy: Overdrawn | null): Pick<Overdrawn, 'scope' | 'resource'> | null =>
  heldUpBy === null || heldUpBy.resource === 'bytes' ? null : { scope: heldUpBy.scope, resource: heldUpBy.resource };
