import { TopGunError } from '../../primitives/index.js';
import type { Notifier } from '../state/notifier.js';
import type { SearchAccess } from './search-access.js';
import type { AnyAnswer, LiveAnswer } from './search-engine.js';
import { isBlank, type SearchRequest } from './search-request.js';

/** What every answer has. */
interface Answer {
  readonly loading: boolean;
  readonly error: TopGunError | null;
}

/** What an answer is before there is one, and of nothing. */
export interface AnswerStates<S> {
  readonly loading: S;
  readonly empty: S;
}

/**
 * A search that stays answered: while it has subscribers, it follows what changes. Costs nothing until then; of a blank text nothing is ever asked.
 * What it shows keeps its identity until something about it changes, so it suits `useSyncExternalStore`.
 */
export class AnswerHandle<S extends Answer> {
  /** Two handles with the same key ask the same, however their options were written. */
  readonly key: string;
  readonly #request: SearchRequest;
  readonly #access: SearchAccess;
  readonly #notifier: Notifier;
  readonly #states: AnswerStates<S>;
  readonly #listeners = new Set<(state: S) => void>();
  #state: S;
  #live: LiveAnswer | null = null;
  #cancel = (): void => {};
  /** Counts the openings: one that was given up must not come to life later. */
  #opened = 0;
  #isOpen = false;

  /** @internal */
  constructor(request: SearchRequest, access: SearchAccess, notifier: Notifier, states: AnswerStates<S>) {
    this.key = request.key;
    this.#request = request;
    this.#access = access;
    this.#notifier = notifier;
    this.#states = states;
    this.#state = isBlank(request) ? states.empty : states.loading;
  }

  /** Calls the listener with the answer and at every change of it, at once when there is one. Returns the unsubscribe. */
  readonly subscribe = (listener: (state: S) => void): (() => void) => {
    // Each call is a subscription of its own, also of one function.
    const own = (state: S): void => listener(state);
    this.#listeners.add(own);
    this.#open();
    if (!this.#state.loading) this.#notifier.guard(() => own(this.#state));
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return;
      // Whoever comes back at once finds everything in place.
      void Promise.resolve().then(() => this.#closeUnused());
    };
  };

  /** The answer as it is known. */
  readonly getSnapshot = (): S => this.#state;

  /** What is rendered where there is no data: on a server. */
  readonly getServerSnapshot = (): S => (isBlank(this.#request) ? this.#states.empty : this.#states.loading);

  #open(): void {
    if (this.#isOpen || isBlank(this.#request)) return;
    this.#isOpen = true;
    const { delayMs } = this.#request;
    if (delayMs > 0) this.#cancel = this.#access.context.timers.after(delayMs, () => this.#ask());
    else this.#ask();
  }

  #ask(): void {
    const opening = ++this.#opened;
    this.#access.engine().then(
      (engine) => {
        if (opening === this.#opened) this.#follow(() => engine.follow(this.#request, this.#show));
      },
      (error: unknown) => {
        if (opening === this.#opened) this.#fail(error);
      },
    );
  }

  #follow(follow: () => LiveAnswer): void {
    try {
      this.#live = follow();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!(error instanceof TopGunError)) throw error;
    this.#show({ ...this.#states.empty, error });
  }

  readonly #show = (state: AnyAnswer | S): void => {
    this.#state = state as S;
    for (const listener of [...this.#listeners]) this.#notifier.enqueue(() => listener(this.#state));
  };

  #closeUnused(): void {
    if (this.#listeners.size > 0) return;
    this.#cancel();
    this.#opened++;
    this.#isOpen = false;
    this.#live?.stop();
    this.#live = null;
    // What it says is no longer kept true.
    this.#state = isBlank(this.#request) ? this.#states.empty : this.#states.loading;
  }
}
