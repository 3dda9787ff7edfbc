import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { Timers } from '../../ports/environment.js';
import type { LoadFailure } from './load-failure.js';
import type { PendingWrite } from './pending-growth.js';

/** Of one who waits for room, so long without anything that he needs coming in is too long. Longer than a read may take. */
const DEADLINE_MS = 20_000;

interface Waiter {
  /** All it needs: what of that is hot stays so, from when it is admitted. */
  readonly needed: ReadonlySet<number>;
  /** From when it is admitted. */
  readonly missing: Set<number>;
  readonly writes: readonly PendingWrite[];
  readonly settle: (failure: LoadFailure | null) => void;
  isAdmitted: boolean;
  /** It was admitted, and waits until somebody else has left. */
  hasGivenWay: boolean;
  /** Something came in since it was looked at last. */
  hasProgress: boolean;
  cancel: () => void;
}

/** What admits somebody. */
export interface Admission {
  /** Whether all of these could be here at once, with these writes. */
  couldHold(partitions: ReadonlySet<number>, writes: readonly PendingWrite[]): boolean;
  /** It is hot, and not chosen to go. */
  isHere(partition: number): boolean;
  /** It is needed from now on: says whether it is here. */
  want(partition: number): boolean;
}

/**
 * PI-46: who waits for partitions, in the order in which they came. Together those who are admitted need no more than could be here at once, so each of them gets all he needs
 * however they wait for each other; where that turns out to be more than was known, who came last gives way. Who needs more than that is admitted when nobody else is. Who needs only what is here, or comes for others, is admitted before his turn: one
 * load is for all. Reads nothing itself.
 */
export class LoadLine {
  readonly #timers: Timers;
  readonly #onLeft: () => void;
  readonly #hasDeadline: boolean;
  readonly #waiters = new Set<Waiter>();
  /** By partition, how many of those who are admitted, or were told in this turn, need it. */
  readonly #pins = new Uint32Array(PARTITION_COUNT);
  readonly #told: Waiter[] = [];

  /** `onLeft`: others may have room. `hasDeadline`: nobody waits for room for ever. */
  constructor(timers: Timers, hasDeadline: boolean, onLeft: () => void) {
    this.#timers = timers;
    this.#hasDeadline = hasDeadline;
    this.#onLeft = onLeft;
  }

  /** Somebody waits to be admitted, or for room to write. */
  get isWaited(): boolean {
    for (const { isAdmitted, missing } of this.#waiters) if (!isAdmitted || missing.size === 0) return true;
    return false;
  }

  isAwaited(partition: number): boolean {
    return (this.#pins[partition] ?? 0) > 0;
  }

  join(needed: ReadonlySet<number>, writes: readonly PendingWrite[]): Promise<LoadFailure | null> {
    return new Promise((settle) => {
      const waiter: Waiter = {
        needed,
        missing: new Set(),
        writes,
        settle,
        isAdmitted: false,
        hasGivenWay: false,
        hasProgress: false,
        cancel: () => {},
      };
      this.#waiters.add(waiter);
      if (this.#hasDeadline) this.#limit(waiter);
    });
  }

  admit(admission: Admission): void {
    let isShort = false;
    for (const waiter of this.#waiters) {
      if (waiter.isAdmitted) continue;
      if (waiter.hasGivenWay || (isShort && !this.#isCovered(waiter, admission))) {
        isShort = true;
        continue;
      }
      const together = this.#pinnedWith(waiter.needed);
      const isAlone = together.size === waiter.needed.size && !this.#hasAdmitted;
      if (!isAlone && !admission.couldHold(together, this.#writesWith(waiter))) {
        isShort = true;
        continue;
      }
      waiter.isAdmitted = true;
      this.#pin(waiter, 1);
      for (const partition of waiter.needed) {
        if (!admission.want(partition)) waiter.missing.add(partition);
      }
    }
  }

  /** Tells those who have all they need, and whose writes are let in: what they need stays until the turn ends. */
  settleReady(letIn: (writes: readonly PendingWrite[]) => boolean): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isAdmitted || waiter.missing.size > 0) continue;
      if (waiter.writes.length > 0 && !letIn(waiter.writes)) continue;
      this.#leave(waiter, null);
    }
  }

  /** What is needed at once has turned out to be more than there is room for: who was admitted last waits once more. False: nobody else is admitted. */
  giveWay(): boolean {
    // What they need goes when the turn ends.
    if (this.#told.length > 0) return true;
    const admitted = [...this.#waiters].filter(({ isAdmitted }) => isAdmitted);
    const last = admitted.at(-1);
    if (last === undefined || admitted.length === 1) return false;
    last.isAdmitted = false;
    last.hasGivenWay = true;
    last.missing.clear();
    this.#pin(last, -1);
    return true;
  }

  opened(partition: number): void {
    for (const waiter of this.#waiters) if (waiter.missing.delete(partition)) waiter.hasProgress = true;
  }

  failed(partition: number, failure: LoadFailure): void {
    for (const waiter of this.#waiters) {
      if (waiter.isAdmitted && waiter.missing.has(partition)) this.#leave(waiter, failure);
    }
  }

  end(failure: LoadFailure): void {
    for (const waiter of this.#waiters) this.#leave(waiter, failure);
  }

  /** What the first one needs who is not admitted yet, of what is cold. */
  *nextNeeded(isCold: (partition: number) => boolean): Iterable<number> {
    for (const { isAdmitted, needed } of this.#waiters) {
      if (isAdmitted) continue;
      for (const partition of needed) if (isCold(partition)) yield partition;
      return;
    }
  }

  /** What those who have all they need are to write. */
  *writes(): Iterable<readonly PendingWrite[]> {
    for (const { isAdmitted, missing, writes } of this.#waiters) if (isAdmitted && missing.size === 0) yield writes;
  }

  get #hasAdmitted(): boolean {
    for (const { isAdmitted } of this.#waiters) if (isAdmitted) return true;
    return false;
  }

  #isCovered({ needed }: Waiter, { isHere }: Admission): boolean {
    for (const partition of needed) if (!this.isAwaited(partition) && !isHere(partition)) return false;
    return true;
  }

  #pinnedWith(needed: ReadonlySet<number>): ReadonlySet<number> {
    const together = new Set(needed);
    for (let partition = 0; partition < this.#pins.length; partition += 1) {
      if (this.#pins[partition]! > 0) together.add(partition);
    }
    return together;
  }

  #writesWith(waiter: Waiter): readonly PendingWrite[] {
    return [...this.#waiters].flatMap((each) => (each.isAdmitted || each === waiter ? each.writes : []));
  }

  #leave(waiter: Waiter, failure: LoadFailure | null): void {
    this.#waiters.delete(waiter);
    waiter.cancel();
    waiter.settle(failure);
    for (const each of this.#waiters) each.hasGivenWay = false;
    if (!waiter.isAdmitted) return;
    this.#told.push(waiter);
    // By then whoever was told has made use of it.
    if (this.#told.length === 1) this.#timers.after(0, () => this.#unpin());
  }

  #unpin(): void {
    for (const waiter of this.#told.splice(0)) this.#pin(waiter, -1);
    this.#onLeft();
  }

  #pin({ needed }: Waiter, by: 1 | -1): void {
    for (const partition of needed) if (partition < this.#pins.length) this.#pins[partition]! += by;
  }

  #limit(waiter: Waiter): void {
    waiter.cancel = this.#timers.after(DEADLINE_MS, () => {
      if (!waiter.hasProgress) {
        this.#leave(waiter, NO_ROOM);
        return;
      }
      waiter.hasProgress = false;
      this.#limit(waiter);
    });
  }
}

const NO_ROOM: LoadFailure = { code: 'no-room', reason: 'nothing that is in memory could go in time' };
