import type { Logger, Timers } from '../../ports/environment.js';
import type { AppendOutcome, JointId, Ledger } from '../../ports/ledger.js';
import { learnOutcome } from '../../services/coordination/learn-outcome.js';
import { claimLedger, type LedgerOwnership } from '../../services/coordination/ledger-ownership.js';
import { joinSegments } from './join-segments.js';
import { isLate, wholeAppends, type JointAppend } from './joint-appends.js';
import { OF_SEVERAL_HOSTS } from '../../services/crdt/several-hosts.js';
import { encodeSegment } from '../../services/persistence/segment-codec.js';
import type { SegmentEntry } from '../../services/persistence/segment.js';

const RELOAD_TRIES = 5;
const RELOAD_DELAY_MS = 500;

export interface SharedLedgerOptions {
  readonly ledger: Ledger;
  readonly timers: Timers;
  readonly log: Logger;
}

/** PI-26: one ledger that several hosts append to, each as if it had one of its own. */
export interface SharedLedger {
  /** Claims the ledger, once for all. */
  claim(): Promise<LedgerOwnership>;
  /** That of one more host. `trim`: what it can do without, which is not for it alone to decide. */
  member(trim?: Ledger['trim']): Ledger;
  /** Is told of each commit, before the hosts that have a part in it are. */
  onCommitted(listener: (commit: SharedCommit) => void): void;
  /** PI-27: these hosts have parts of the transaction: what any of them appends with a part waits for the others. Before any does. */
  expectJoint(joint: JointId, members: ReadonlySet<number>): void;
  /** PI-27: a part will never come, or all are written: what waits for the others has failed, and what comes late with a part fails as well. */
  endJoint(joint: JointId): void;
  /** Every host has read it: from here on they append, to the history of this name. */
  begin(lineage: string): void;
  /** What is of no host. False: it was not written. */
  append(entries: readonly SegmentEntry[]): Promise<boolean>;
  /** Appends nothing more. Resolves when what is under way is decided; those who append are not told of it. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** What several hosts have appended in one. */
export interface SharedCommit {
  readonly position: number;
  /** The hosts that have a part in it. */
  readonly members: readonly number[];
  readonly bytes: number;
  /** SY-2: the name of the history from the next segment on. */
  readonly lineage: string;
}

interface Waiting extends JointAppend {
  readonly segment: Uint8Array;
  /** SY-2: the name of the history from the next segment on. */
  readonly lineage?: string;
  readonly resolve: (outcome: AppendOutcome) => void;
}

/**
 * One append of the ledger is under way at a time; what hosts append meanwhile is one segment when it has returned. All of it is there or nothing. An
 * outcome that is unknown is learnt here, so that hosts do not hear of one, unless the ledger cannot be read either.
 */
export function createSharedLedger({ ledger, timers, log }: SharedLedgerOptions): SharedLedger {
  const waiting: Waiting[] = [];
  const joints = new Map<JointId, ReadonlySet<number>>();
  const listeners: ((commit: SharedCommit) => void)[] = [];
  let members = 0;
  let claiming: Promise<LedgerOwnership> | null = null;
  let ownership: LedgerOwnership | null = null;
  let position = 0;
  let appending: Promise<void> | null = null;
  let hasEnded = false;
  let hasBegun = false;
  /** PI-50: who reads the log later knows that several hosts wrote it. */
  let hasSaidSeveral = false;

  const claim = (): Promise<LedgerOwnership> =>
    (claiming ??= claimLedger(ledger).then((claimed) => {
      ownership = claimed;
      ({ position } = claimed);
      return claimed;
    }));

  const appendNext = async (owned: LedgerOwnership): Promise<void> => {
    for (;;) {
      if (hasEnded) return;
      const taken = wholeAppends(waiting, joints);
      if (taken.length === 0) return;
      for (const one of taken) waiting.splice(waiting.indexOf(one), 1);
      const parts = taken.map((one) => one.segment);
      const { lineage } = owned;
      if (members > 1 && !hasSaidSeveral) parts.unshift(encodeSegment({ lineage, entries: [OF_SEVERAL_HOSTS] }));
      const segment = joinSegments({ lineage, position: position + 1 }, parts);
      const outcome = await appended(owned, segment);
      if (outcome.type === 'committed') {
        ({ position } = outcome);
        hasSaidSeveral = true;
        owned.lineage = taken.findLast(({ lineage }) => lineage !== undefined)?.lineage ?? owned.lineage;
        const of = taken.flatMap(({ member }) => member ?? []);
        for (const listener of listeners) {
          listener({ position, members: of, bytes: segment.length, lineage: owned.lineage });
        }
      }
      if (hasEnded) return;
      for (const one of taken) one.resolve(outcome);
      // Before the next append hosts take what has become of this one.
      await Promise.resolve();
    }
  };

  const appended = async (owned: LedgerOwnership, segment: Uint8Array): Promise<AppendOutcome> => {
    const { epoch } = owned;
    const outcome = await ledger.append(segment);
    if (outcome.type !== 'unknown') return outcome;
    log.warn('the outcome of a commit is unknown; reading the ledger', { reason: outcome.reason });
    for (let tried = 1; ; tried += 1) {
      try {
        return await learnOutcome(owned, position, epoch, segment);
      } catch (error) {
        if (tried >= RELOAD_TRIES) return { type: 'unknown', reason: String(error) };
        await new Promise<void>((resolve) => void timers.after(RELOAD_DELAY_MS, resolve));
      }
    }
  };

  const pump = (): void => {
    if (appending !== null || !hasBegun || hasEnded || ownership === null) return;
    appending = appendNext(ownership)
      .catch((error: unknown) => {
        const outcome: AppendOutcome = { type: 'unknown', reason: String(error) };
        for (const one of waiting.splice(0)) one.resolve(outcome);
      })
      .finally(() => {
        appending = null;
        if (wholeAppends(waiting, joints).length > 0) pump();
      });
  };

  const append = (one: Omit<Waiting, 'resolve'>): Promise<AppendOutcome> => {
    // Written by itself it would be some of a transaction.
    if (isLate(one, joints)) return Promise.resolve(TORN);
    return new Promise((resolve) => {
      waiting.push({ ...one, resolve });
      pump();
    });
  };

  return {
    claim,
    member(trim = () => Promise.resolve()) {
      const member = members;
      members += 1;
      return {
        async claim() {
          const { epoch, lineage, position: last } = await claim();
          return { epoch, lineage, position: last };
        },
        append: (segment, joint = []) => append({ member, segment, joint }),
        // Only when the shared ledger could not learn the outcome itself.
        renew: () => Promise.reject(new Error('the ledger cannot be read')),
        read: (after) => ledger.read(after),
        trim,
        close: () => Promise.resolve(),
      };
    },
    onCommitted: (listener) => void listeners.push(listener),
    expectJoint(joint, expected) {
      joints.set(joint, expected);
    },
    endJoint(joint) {
      joints.delete(joint);
      for (const one of waiting.filter((other) => isLate(other, joints))) {
        waiting.splice(waiting.indexOf(one), 1);
        one.resolve(TORN);
      }
    },
    begin(lineage) {
      if (ownership === null) throw new Error('the ledger has not been claimed');
      ownership.lineage = lineage;
      hasBegun = true;
      pump();
    },
    async append(entries) {
      const owned = await claim();
      const segment = encodeSegment({ lineage: owned.lineage, entries });
      const lineage = entries.find((entry) => entry.lineage !== undefined)?.lineage;
      const outcome = await append({ member: null, segment, joint: [], ...(lineage === undefined ? {} : { lineage }) });
      return outcome.type === 'committed';
    },
    async end() {
      hasEnded = true;
      await appending;
    },
    close: () => ledger.close(),
  };
}

const TORN: AppendOutcome = { type: 'failed', reason: 'another host could not take its part of a transaction' };
