import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Timers } from '../../ports/environment.js';
import type { Identity } from '../../ports/identity.js';
import { isSystemMap } from '../crdt/replica-owners.js';
import type { StateView } from '../crdt/state-view.js';
import { shownValue } from '../query/shown-value.js';
import { ownCopy } from './own-copy.js';
import type { HookContext } from './server-hooks.js';
import { withinLimit, type LimitedCall } from './within-limit.js';

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
  readonly state: Pick<StateView, 'record'>;
}

export const createCallHook =
  ({ timers, timeoutMs, hash, state }: CallHookOptions): CallHook =>
  (identity, call) =>
    withinLimit(timers, timeoutMs, (signal) =>
      call({
        principal: identity?.principal ?? null,
        claims: identity?.claims ?? {},
        signal,
        read(map, key) {
          if (isSystemMap(map)) return undefined;
          const record = state.record(partitionOf(hash, map, key), map, key);
          return record === undefined ? undefined : ownCopy(shownValue(record));
        },
      }),
    );
