import type { MapStore } from '../state/map-store.js';
import type { SearchContext } from './search-engine.js';
import type { ServerFacts } from './server-facts.js';

/** How long one search waits for the server. */
export const SERVER_PATIENCE_MS = 5_000;

/** Resolves when the server has answered, or will not, or takes too long. `isAnswered` is looked at whenever something has come. */
export function awaitServer(
  { isClosed, mayAnswer, onConnectionChange, timers }: SearchContext,
  store: MapStore,
  facts: ServerFacts | null,
  isAnswered: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const finish = (): void => {
      for (const stop of stops.splice(0)) stop();
      resolve();
    };
    const look = (): void => {
      if (isAnswered() || !mayAnswer() || isClosed()) finish();
    };
    stops.push(store.observe({ take: look }), onConnectionChange(look), timers.after(SERVER_PATIENCE_MS, finish));
    if (facts !== null) stops.push(facts.onChange(look));
    look();
  });
}
