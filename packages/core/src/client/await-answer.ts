import { TopGunError } from '../primitives/index.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { LiveView } from './state/live-view.js';
import type { MapStore } from './state/map-store.js';

/** Why no answer of the server is to be expected now; `null`: one may come. */
export function whyNoAnswer({ status, fault, isPaused }: ClientRuntime): TopGunError | null {
  const state = status.connectionState;
  switch (state) {
    case 'closed':
      return new TopGunError('closed', 'This client is closed.');
    case 'backing-off':
      return new TopGunError('offline', fault?.reason ?? 'The server cannot be reached.');
    case 'needs-auth':
    case 'incompatible':
      return new TopGunError(state, fault?.reason ?? `The connection is ${state}.`);
    case 'offline':
      // Before the start, and while a principal changes, it is on its way.
      return isPaused ? new TopGunError('offline', 'This client is disconnected.') : null;
    default:
      return null;
  }
}

/** Why nothing that this device holds is to be expected now; `null`: it may come. */
export function whyNoRows({ isClosed }: ClientRuntime): TopGunError | null {
  return isClosed ? new TopGunError('closed', 'This client is closed.') : null;
}

export interface AwaitedAnswer<T> {
  readonly runtime: ClientRuntime;
  /** Of all maps that the answer is about. */
  readonly stores: readonly MapStore[];
  readonly view: Pick<LiveView, 'read' | 'subscribe'>;
  /** Looked at whenever something may have changed; the wait is over when it is not `null`. */
  readonly answer: () => T | null;
  /** Whether to give up where no answer of the server can come. */
  readonly needsServer: () => boolean;
  /** `Infinity`: as long as it takes. */
  readonly timeoutMs: number;
}

/** Asks for the view until it has an answer, or none can come: then the typed error. Leaves nothing behind. */
export function awaitAnswer<T>(awaited: AwaitedAnswer<T>): Promise<T | TopGunError> {
  const { runtime, stores, view, answer, needsServer, timeoutMs } = awaited;
  const { connectionChanges, environment, notifier } = runtime;
  let wasLoaded = false;
  const look = (): T | TopGunError | null => {
    if (runtime.isClosed) return new TopGunError('closed', 'This client is closed.');
    const isLoaded = stores.every(({ status }) => status === 'loaded');
    if (wasLoaded && !isLoaded) {
      return new TopGunError('principal-changed', 'Another principal took over before the answer came.');
    }
    wasLoaded = isLoaded;
    return view.read().error ?? answer() ?? (needsServer() ? whyNoAnswer(runtime) : null);
  };
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const finish = (found: T | TopGunError): void => {
      for (const stop of stops.splice(0)) stop();
      resolve(found);
    };
    const check = (): void => {
      const found = look();
      if (found !== null) finish(found);
    };
    stops.push(
      view.subscribe(check),
      ...stores.map((store) => store.observe({ take: () => notifier.enqueue(check) })),
      connectionChanges.add(check),
    );
    if (Number.isFinite(timeoutMs)) {
      const late = (): void => finish(new TopGunError('timeout', `No answer came within ${timeoutMs} ms.`));
      stops.push(environment.timers.after(timeoutMs, late));
    }
    check();
  });
}

/** Lets go when that time is over, or when the client is closed: no timer outlives it. */
export function releaseAfter(
  { connectionChanges, environment, isClosed }: ClientRuntime,
  ms: number,
  release: () => void,
): void {
  if (ms <= 0 || isClosed) return release();
  const finish = (): void => {
    cancel();
    stop();
    release();
  };
  const cancel = environment.timers.after(ms, finish);
  const stop = connectionChanges.add(({ state }) => state === 'closed' && finish());
}
