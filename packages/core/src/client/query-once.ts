import { TopGunError } from '../primitives/index.js';
import { mapsOf, type Query } from '../query/index.js';
import { awaitAnswer } from './await-answer.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { MapStore } from './state/map-store.js';
import type { PendingBarrier } from './state/pending-barrier.js';

export interface QueryOnceOptions {
  /** How long to wait for the answer, 5,000 by default; `Infinity`: as long as it takes. */
  readonly timeoutMs?: number;
  /** When no answer comes, the error brings along what this device holds (`localData`). */
  readonly allowLocal?: boolean;
}

/**
 * Why `queryOnce` has no answer of the server.
 *
 * - `offline`: there is no connection, and the last attempt at one failed or the app has disconnected
 * - `timeout`: none came in time, or this client's writes to its maps were not decided in time
 * - `needs-auth`, `incompatible`: the server takes no connection of this client as it is
 * - `principal-changed`: another user signed in meanwhile
 * - `closed`: the client is closed
 * - any other: the server refuses the query, by its own code (`too-many-rows` …)
 */
export class QueryOnceError<R = unknown> extends TopGunError {
  /**
   * With `allowLocal`: what this device holds, this client's pending writes included, which is no more than a guess. `null` without that option, when
   * the query was refused, and when storage had not been read by then.
   */
  readonly localData: readonly R[] | null;

  constructor(cause: TopGunError, localData: readonly R[] | null) {
    super(cause.code, cause.message, { cause });
    this.name = 'QueryOnceError';
    this.localData = localData;
  }
}

const UNANSWERED: ReadonlySet<string> = new Set(['offline', 'timeout', 'needs-auth', 'incompatible']);

/** CL-22. See `TopGunClient.queryOnce`. */
export async function queryOnce<R>(
  runtime: ClientRuntime,
  map: string,
  query: Query,
  { timeoutMs = 5_000, allowLocal = false }: QueryOnceOptions,
): Promise<readonly R[]> {
  const { isLocalOnly } = runtime;
  const stores = Array.from(mapsOf(map, query), (name) => runtime.stores.use(name));
  const areLoaded = (): boolean => stores.every(({ status }) => status === 'loaded');
  const view = runtime.view(map, query);
  // A view of a large map takes some turns to be there.
  const isHere = (): boolean => areLoaded() && view.read().status !== 'loading';
  let barriers: readonly (readonly [MapStore, PendingBarrier])[] = [];
  const answered = await awaitAnswer({
    runtime,
    stores,
    view,
    timeoutMs,
    answer() {
      // Not before: what closed tabs left undecided comes with what storage holds.
      if (!areLoaded()) return null;
      if (barriers.length === 0) barriers = stores.map((store) => [store, store.raiseBarrier()]);
      const { settled, data } = view.read();
      const isDecided =
        isLocalOnly || barriers.every(([, { isClear, position }]) => isClear && view.isCompleteThrough(position));
      return settled && isDecided ? data : null;
    },
    // What this device holds has to be read before it can be given.
    needsServer: () => !isLocalOnly && !(allowLocal && !isHere()),
  });
  for (const [store, barrier] of barriers) store.dropBarrier(barrier);
  if (!(answered instanceof TopGunError)) return answered as readonly unknown[] as readonly R[];
  const isGuess = allowLocal && UNANSWERED.has(answered.code) && isHere();
  throw new QueryOnceError<R>(answered, isGuess ? (view.read().data as readonly unknown[] as readonly R[]) : null);
}
