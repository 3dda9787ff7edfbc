import { TopGunError } from '../primitives/index.js';
import type { ConnectionState } from './connection/connection-state.js';
import type { ClientRuntime } from './session/client-runtime.js';

/** Resolves when the connection is in that state. @throws TopGunError `timeout`, or `closed` when it never will be */
export function waitForState(runtime: ClientRuntime, state: ConnectionState, timeoutMs?: number): Promise<void> {
  if (runtime.status.connectionState === state) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const { environment, connectionChanges } = runtime;
    const stop = connectionChanges.add((change) => {
      if (change.state === state) finish(resolve);
      else if (change.state === 'closed') finish(() => reject(new TopGunError('closed', 'The client was closed.')));
    });
    const late = (): void =>
      finish(() => reject(new TopGunError('timeout', `The connection was not ${state} within ${timeoutMs} ms.`)));
    const cancel = timeoutMs === undefined ? () => {} : environment.timers.after(timeoutMs, late);
    const finish = (settle: () => void): void => {
      stop();
      cancel();
      settle();
    };
  });
}
