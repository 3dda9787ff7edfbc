import { partitionOf, TopGunError, type Hash64, type Value } from '@topgun/core/primitives';
import type { Found, LookUp } from '../../ports/joint-calls.js';
import type { Timers } from '../../ports/environment.js';
import type { Identity } from '../../ports/identity.js';
import { isSystemMap } from '../crdt/replica-owners.js';
import type { StateView } from '../crdt/state-view.js';
import { KnownElsewhere } from '../elsewhere/known-elsewhere.js';
import { shownValue } from '../query/shown-value.js';
import { ownCopy } from './own-copy.js';
import type { HookContext } from './server-hooks.js';
import { isThenable, withinLimit, type LimitedCall } from './within-limit.js';

/** Calls one of the app's functions for somebody, within its time. */
export type CallHook = <T>(
  identity: Identity | null,
  call: (context: HookContext) => T | PromiseLike<T>,
) => LimitedCall<T>;

export interface CallHookOptions {
  readonly timers: Timers;
  readonly timeoutMs: number;
  readonly hash: Hash64;
  /** What is committed. */
  readonly state: StateView;
  /** HK-7: of a host that is one of several; `null`: all records are here. */
  readonly elsewhere: HookElsewhere | null;
}

/** What others have, as far as hooks may see it. */
export interface HookElsewhere {
  readonly owns: (partition: number) => boolean;
  /** `null`: somebody cannot say it now. */
  readonly lookUp: (lookUps: readonly LookUp[]) => Promise<readonly Found[] | null>;
}

/**
 * HK-7: `mayBeginAgain`: where it reads at once what another host has, that is looked up, and it is called once more. Otherwise such a read throws, since
 * what it does may not be done twice.
 */
export const createCallHook =
  ({ timers, timeoutMs, hash, state, elsewhere }: CallHookOptions, mayBeginAgain: boolean): CallHook =>
  <T>(identity: Identity | null, call: (context: HookContext) => T | PromiseLike<T>) =>
    withinLimit<T>(timers, timeoutMs, (signal) => {
      const known =
        elsewhere === null ? null : new KnownElsewhere({ hash, owns: elsewhere.owns, find: () => NO_QUERIES });
      const seen = known?.over(state) ?? state;
      const read = (map: string, key: string): Value | undefined => {
        if (isSystemMap(map)) return undefined;
        const record = seen.record(partitionOf(hash, map, key), map, key);
        return record === undefined ? undefined : ownCopy(shownValue(record));
      };
      const learn = async (lookUps: readonly LookUp[]): Promise<void> => {
        const found = (await elsewhere?.lookUp(lookUps)) ?? null;
        if (found === null) throw new TopGunError('elsewhere', 'What another thread has cannot be read now.');
        known?.found(lookUps, found);
      };
      const fetch = async (map: string, key: string): Promise<Value | undefined> => {
        const partition = partitionOf(hash, map, key);
        const isElsewhere = elsewhere !== null && !elsewhere.owns(partition) && !isSystemMap(map);
        if (isElsewhere) await learn([{ type: 'record', partition, map, key }]);
        return read(map, key);
      };
      const context = { principal: identity?.principal ?? null, claims: identity?.claims ?? {}, signal, read, fetch };
      return known === null || !mayBeginAgain
        ? call(context)
        : againUntilKnown(() => call(context), known, learn, signal);
    });

/** Calls it until nothing is missing that it asks for, or its time is over; what it made of what was missing does not count. */
function againUntilKnown<T>(
  call: () => T | PromiseLike<T>,
  known: KnownElsewhere,
  learn: (lookUps: readonly LookUp[]) => Promise<void>,
  signal: AbortSignal,
): T | PromiseLike<T> {
  const again = async (): Promise<T> => {
    await learn(known.takeMissing());
    signal.throwIfAborted();
    return againUntilKnown(call, known, learn, signal);
  };
  let made: T | PromiseLike<T>;
  try {
    made = call();
  } catch (error) {
    if (known.missing.length > 0) return again();
    throw error;
  }
  if (!isThenable(made)) return known.missing.length > 0 ? again() : made;
  return Promise.resolve(made).then(
    (value) => (known.missing.length > 0 ? again() : value),
    (error: unknown) => {
      if (known.missing.length > 0) return again();
      throw error;
    },
  );
}

const NO_QUERIES: readonly never[] = [];
