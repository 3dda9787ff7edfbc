import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Logger } from '../ports/environment.js';
import { REPLICAS_MAP } from '../services/crdt/replica-owners.js';
import type { LoadFailure } from '../services/loading/partition-loader.js';
import type { OpSession } from './op-session.js';
import { passOn, type Loaded, type Received, type SessionFault } from './stages.js';
import type { WaitingBytes } from './waiting-bytes.js';

export interface LoadStageOptions {
  readonly hash: Hash64;
  /** `null`: they are hot. */
  readonly need: (partitions: Iterable<number>) => Promise<LoadFailure | null> | null;
  readonly waiting: WaitingBytes;
  readonly log: Logger;
  readonly onLoaded: (frame: Loaded) => void;
  readonly onFault: (session: OpSession, fault: SessionFault) => void;
}

/**
 * PI-7: passes a message on when the partitions that its ops are judged by are hot: at once, as a rule. Of one session they go on in the order in which they came (PI-11); others
 * pass by meanwhile.
 */
export class LoadStage {
  readonly #options: LoadStageOptions;
  readonly #waiting = new Map<OpSession, Received[]>();
  #idle: (() => void)[] = [];

  constructor(options: LoadStageOptions) {
    this.#options = options;
  }

  take(frame: Received): void {
    const { session } = frame;
    const queue = this.#waiting.get(session);
    const needed = queue === undefined ? this.#need(frame) : null;
    if (queue === undefined && needed === null) {
      this.#options.onLoaded(loaded(frame));
      return;
    }
    const fault = this.#options.waiting.hold(frame);
    if (fault !== null) {
      this.#fail(session, fault);
      return;
    }
    if (queue !== undefined) queue.push(frame);
    else {
      this.#waiting.set(session, [frame]);
      void this.#goOn(session, needed);
    }
  }

  /** Resolves when nothing waits. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Passes the session's messages on, one after the other, each when what it needs is hot. */
  async #goOn(session: OpSession, needed: Promise<LoadFailure | null> | null): Promise<void> {
    const queue = this.#waiting.get(session) ?? [];
    let first = needed;
    for (let frame = queue[0]; frame !== undefined; frame = queue[0]) {
      let failure: LoadFailure | null = null;
      // PI-45: what was hot may have gone again by the time that it goes on.
      for (let wait = first ?? this.#need(frame); wait !== null && failure === null; wait = this.#need(frame)) {
        failure = await wait;
      }
      first = null;
      queue.shift();
      this.#options.waiting.release(frame);
      // Nothing of a session that has failed is decided any more.
      if (session.revoked) continue;
      if (failure === null) this.#options.onLoaded(loaded(frame));
      else this.#fail(session, { code: 'commit-failed', reason: UNREADABLE });
    }
    this.#waiting.delete(session);
    if (this.#waiting.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #need(frame: Received): Promise<LoadFailure | null> | null {
    const needed = this.#options.need(partitionsOf(frame, this.#options.hash));
    if (needed !== null) this.#options.log.debug('an op waits for cold partitions', { session: frame.session.id });
    return needed;
  }

  #fail(session: OpSession, fault: SessionFault): void {
    if (session.revoked) return;
    session.revoked = true;
    this.#options.onFault(session, fault);
  }
}

/** The partitions that a message is judged by. */
export function partitionsOf(
  { session, batches }: Pick<Received, 'session' | 'batches'>,
  hash: Hash64,
): ReadonlySet<number> {
  const partitions = new Set(batches.map(({ partition }) => partition));
  if (session.identity !== null) {
    // CR-2: whose the replicas are is a record like any other.
    for (const { replica } of batches) partitions.add(partitionOf(hash, REPLICAS_MAP, replica));
  }
  return partitions;
}

const loaded = ({ session, bytes, transaction, joint, batches }: Received): Loaded =>
  passOn<'loaded', Omit<Loaded, symbol>>({ session, bytes, transaction, joint, batches });

const UNREADABLE = 'The server could not read what the change is about; it will be sent again.';
