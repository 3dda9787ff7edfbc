import { TopGunError } from '../../primitives/index.js';

export interface BackpressureConfig {
  /** From so many undecided writes on the level is `high`. */
  readonly warnAt: number;
  /** From so many on it is `full`. */
  readonly maxPendingOps: number;
  /** What happens to a write beyond `maxPendingOps`: `event`: it is made all the same; `throw`: it throws `OutboxFullError`. */
  readonly strategy: 'event' | 'throw';
}

/** Being offline is no error: by default a long queue is told of and nothing is refused. */
export const DEFAULT_BACKPRESSURE: BackpressureConfig = {
  warnAt: 10_000,
  maxPendingOps: Number.POSITIVE_INFINITY,
  strategy: 'event',
};

export type BackpressureLevel = 'normal' | 'high' | 'full';

/** The queue of undecided writes has grown to, or drained below, a mark. */
export interface BackpressureChange {
  readonly level: BackpressureLevel;
  readonly pendingOps: number;
  readonly warnAt: number;
  readonly maxPendingOps: number;
}

/** CL-33: thrown by a write that would make more undecided ones than `backpressure.maxPendingOps`. Nothing of it has happened. */
export class OutboxFullError extends TopGunError<'outbox-full'> {
  readonly pendingOps: number;
  readonly maxPendingOps: number;

  constructor(pendingOps: number, maxPendingOps: number) {
    super('outbox-full', `${pendingOps} writes wait for the server, and no more than ${maxPendingOps} may.`);
    this.name = 'OutboxFullError';
    this.pendingOps = pendingOps;
    this.maxPendingOps = maxPendingOps;
  }
}

/** CL-33: watches the number of undecided writes. Holds the level that was told last. */
export class Backpressure {
  readonly #config: BackpressureConfig;
  readonly #tell: (change: BackpressureChange) => void;
  #level: BackpressureLevel = 'normal';

  constructor(config: BackpressureConfig, tell: (change: BackpressureChange) => void) {
    this.#config = config;
    this.#tell = tell;
  }

  /** Whether a write may be one too many at all. */
  get isBounded(): boolean {
    return this.#config.strategy === 'throw';
  }

  /** The number has settled, at the end of a batch. */
  note(pendingOps: number): void {
    const { warnAt, maxPendingOps } = this.#config;
    const level = pendingOps >= maxPendingOps ? 'full' : pendingOps >= warnAt ? 'high' : 'normal';
    if (level === this.#level) return;
    this.#level = level;
    this.#tell({ level, pendingOps, warnAt, maxPendingOps });
  }

  /** @throws OutboxFullError where there is no room for `count` more, and that is to throw */
  assertRoom(pendingOps: number, count: number): void {
    const { maxPendingOps, strategy } = this.#config;
    if (strategy === 'throw' && pendingOps + count > maxPendingOps)
      throw new OutboxFullError(pendingOps, maxPendingOps);
  }
}
