import type { QueryHandle, Readiness, TopGunClient } from '@topgun/core';

/** How long an answer is kept current for the components that waited for it: until they are shown, as a rule they are at once. */
const HOLD_MS = 5_000;

const waitsByClient = new WeakMap<TopGunClient, Map<string, Promise<void>>>();

/**
 * What a component that has nothing to show yet waits for: the same promise at every attempt to render it, since all else that such a
 * render makes is thrown away. Asks the server meanwhile, and a while beyond, so that the answer is still there when the component is shown. Never rejects: what went
 * wrong shows at the next attempt.
 */
export function waitUntilReady<R>(client: TopGunClient, handle: QueryHandle<R>, until: Readiness): Promise<void> {
  let waits = waitsByClient.get(client);
  if (waits === undefined) waitsByClient.set(client, (waits = new Map()));
  const name = `${until}:${handle.key}`;
  let wait = waits.get(name);
  if (wait === undefined) {
    // Begun when the render is over.
    wait = Promise.resolve()
      .then(() => handle.whenReady(until, HOLD_MS))
      .finally(() => waits.delete(name));
    waits.set(name, wait);
  }
  return wait;
}
