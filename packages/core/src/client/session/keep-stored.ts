import type { Environment } from '../ports/environment.js';
import type { EventLog } from '../timeline/event-log.js';

/** CL-8: asks that what is stored is kept, as soon as there is something to lose and not before, and notes the answer. Nobody waits for it. */
export class KeepStored {
  readonly #environment: Pick<Environment, 'persistStorage'>;
  readonly #events: Pick<EventLog, 'persistenceIs'>;
  #hasAsked = false;

  constructor(environment: Pick<Environment, 'persistStorage'>, events: Pick<EventLog, 'persistenceIs'>) {
    this.#environment = environment;
    this.#events = events;
  }

  /** Something is durable, if the database is one that lasts. */
  written(database: { readonly isInMemory: boolean } | null): void {
    if (this.#hasAsked || database?.isInMemory !== false) return;
    this.#hasAsked = true;
    this.#environment.persistStorage?.().then(
      (isGranted) => this.#events.persistenceIs(isGranted ? 'granted' : 'denied'),
      () => this.#events.persistenceIs('unknown'),
    );
  }
}
