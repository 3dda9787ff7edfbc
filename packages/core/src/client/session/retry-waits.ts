import { backoffDelay, type BackoffConfig } from '../connection/backoff.js';
import type { Environment } from '../ports/environment.js';

/** Waits before what storage has refused is tried again: as between attempts to connect, for ever, until they are ended. */
export class RetryWaits {
  readonly #environment: Pick<Environment, 'timers' | 'random'>;
  readonly #backoff: BackoffConfig;
  readonly #waiting = new Set<() => void>();

  constructor({
    environment,
    backoff,
  }: {
    readonly environment: Pick<Environment, 'timers' | 'random'>;
    readonly backoff: BackoffConfig;
  }) {
    this.#environment = environment;
    this.#backoff = { ...backoff, maxRetries: Number.POSITIVE_INFINITY };
  }

  /** Resolves when it is time after so many failures, or when waiting has been ended. */
  wait(failures: number): Promise<void> {
    const { timers, random } = this.#environment;
    const delayMs = backoffDelay(this.#backoff, failures, random.unit()) ?? this.#backoff.maxDelayMs;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(stop);
        resolve();
      };
      const cancel = timers.after(delayMs, done);
      const stop = (): void => {
        cancel();
        done();
      };
      this.#waiting.add(stop);
    });
  }

  /** Whoever waits looks again at once. */
  end(): void {
    for (const stop of this.#waiting) stop();
  }
}
