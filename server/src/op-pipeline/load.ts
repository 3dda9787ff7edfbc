import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Logger } from '../ports/environment.js';
import { REPLICAS_MAP } from '../services/crdt/replica-owners.js';
import type { LoadFailure } from '../services/loading/load-failure.js';
import type { PendingWrite } from '../services/loading/pending-growth.js';
import { cutToRoom, roomFor, type SharedRoom } from './cut-to-room.js';
import type { OpSession } from './op-session.js';
import { writesOf } from './pending-writes.js';
import { passOn, type Loaded, type Received, type SessionFault } from './stages.js';
import type { WaitingBytes } from './waiting-bytes.js';

export interface LoadStageOptions {
  readonly hash: Hash64;
  /** `null`: they are hot, and there is room for these writes. They are on their way in the same turn as that is so. */
  readonly need: (
    partitions: Iterable<number>,
    writes: readonly PendingWrite[] | null,
  ) => Promise<LoadFailure | null> | null;
  /** PI-46: `null`, or left out: there is room for all. */
  readonly room?: SharedRoom | null | undefined;
  readonly waiting: WaitingBytes;
  readonly log: Logger;
  readonly onLoaded: (frame: Loaded) => void;
  readonly onFault: (session: OpSession, fault: SessionFault) => void;
}

/**
 * PI-7: passes a message on when the partitions that its ops are judged by are hot: at once, as a rule. Of one session they go on in the order in which they came (PI-11); others
 * pass by meanwhile. PI-46: what takes more than a share of the room there is comes in pieces; what takes less waits together, so that one load of a partition is for all of it.
 */
export class LoadStage {
  readonly #options: LoadStageOptions;
  readonly #room: SharedRoom | null;
  readonly #waiting = new Map<OpSession, Received[]>();
  #idle: (() => void)[] = [];

  constructor(options: LoadStageOptions) {
    this.#options = options;
    this.#room = options.room ?? null;
  }

  take(frame: Received): void {
    // What waits is divided when its turn comes: by then it is known what that takes.
    if (this.#waiting.has(frame.session)) this.#takeOne(frame);
    else for (const piece of this.#cut(frame)) this.#takeOne(piece);
  }

  #takeOne(frame: Received): void {
    const { session } = frame;
    // With a piece before it.
    if (session.revoked) return;
    const queue = this.#waiting.get(session);
    const needed = queue === undefined ? this.#need([frame]) : null;
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

  /** Passes the session's messages on, as many at a time as there is room for, when what they need is hot. */
  async #goOn(session: OpSession, needed: Promise<LoadFailure | null> | null): Promise<void> {
    const queue = this.#waiting.get(session) ?? [];
    let first = needed;
    while (queue.length > 0) {
      const together = first === null ? this.#together(queue) : queue.slice(0, 1);
      const wait = first ?? (session.revoked ? null : this.#need(together));
      first = null;
      const failure = wait === null ? null : await wait;
      for (const frame of queue.splice(0, together.length)) {
        this.#options.waiting.release(frame);
        // Nothing of a session that has failed is decided any more.
        if (session.revoked) continue;
        if (failure === null) this.#options.onLoaded(loaded(frame));
        else this.#fail(session, FAULTS[failure.code]);
      }
    }
    this.#waiting.delete(session);
    if (this.#waiting.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #cut(frame: Received): readonly Received[] {
    return this.#room === null ? [frame] : cutToRoom(frame, this.#room, this.#partitionsOf);
  }

  /** The first of these, or of its pieces, and what follows and fits into a share of the room with it. */
  #together(queue: Received[]): readonly Received[] {
    const room = this.#room;
    const [first] = queue;
    if (first === undefined) return [];
    if (room === null) return [first];
    const pieces = this.#cut(first);
    if (pieces.length > 1) {
      const { waiting } = this.#options;
      waiting.release(first);
      // Together they are as long as it is.
      for (const piece of pieces) waiting.hold(piece);
      queue.splice(0, 1, ...pieces);
    }
    const partitions = new Set<number>();
    let bytes = 0;
    let count = 0;
    for (const frame of queue) {
      bytes += roomFor(frame, room, this.#partitionsOf(frame), partitions);
      if (count > 0 && bytes > room.shareBytes) break;
      count += 1;
    }
    return queue.slice(0, count);
  }

  #need(frames: readonly Received[]): Promise<LoadFailure | null> | null {
    const [first] = frames;
    if (first === undefined) return null;
    const partitions = new Set<number>();
    for (const frame of frames) for (const partition of this.#partitionsOf(frame)) partitions.add(partition);
    const writes = this.#room === null ? null : frames.flatMap((frame) => [...writesOf(frame)]);
    const needed = this.#options.need(partitions, writes);
    if (needed !== null) this.#options.log.debug('an op waits for cold partitions', { session: first.session.id });
    return needed;
  }

  readonly #partitionsOf = (frame: Received): ReadonlySet<number> => partitionsOf(frame, this.#options.hash);

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

const UNREADABLE: SessionFault = {
  code: 'commit-failed',
  reason: 'The server could not read what the change is about; it will be sent again.',
};

const FAULTS: Readonly<Record<LoadFailure['code'], SessionFault>> = {
  unreadable: UNREADABLE,
  damaged: UNREADABLE,
  'no-room': {
    code: 'overloaded',
    reason: 'The server has no room for what the change is about; it will be sent again.',
  },
};
