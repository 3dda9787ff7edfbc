import type { MapStore } from '../state/map-store.js';
import type { Subscription } from '../state/subscription.js';
import type { SearchContext } from './search-engine.js';

/** How long one search waits for the server. */
export const SERVER_PATIENCE_MS = 5_000;

/** Resolves when the server has answered, or will not, or takes too long. The subscription is the caller's to use meanwhile. */
export function awaitServer(
  { isClosed, mayAnswer, onConnectionChange, timers }: SearchContext,
  store: MapStore,
  subscription: Subscription,
): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const finish = (): void => {
      for (const stop of stops.splice(0)) stop();
      resolve();
    };
    const look = (): void => {
      if (subscription.isSettled || subscription.error !== null || !mayAnswer() || isClosed()) finish();
    };
    stops.push(store.observe({ take: look }), onConnectionChange(look), timers.after(SERVER_PATIENCE_MS, finish));
    look();
  });
}
