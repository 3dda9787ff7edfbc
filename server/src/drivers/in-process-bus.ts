import type { Bus, Subject } from '../ports/bus.js';

/** Delivers within the call: publisher and subscribers share one thread. */
export function createInProcessBus(): Bus {
  const receivers = new Map<string, Set<(message: never) => void>>();
  return {
    publish<T>(subject: Subject<T>, message: T): void {
      const subscribed = receivers.get(subject.name);
      if (subscribed === undefined) return;
      for (const receive of subscribed) (receive as (message: T) => void)(message);
    },
    subscribe<T>(subject: Subject<T>, receive: (message: T) => void): () => void {
      let subscribed = receivers.get(subject.name);
      if (subscribed === undefined) receivers.set(subject.name, (subscribed = new Set()));
      // A wrapper of its own for each subscription: subscribing one function twice is two subscriptions.
      const own = (message: T): void => receive(message);
      subscribed.add(own);
      return () => {
        subscribed.delete(own);
        if (subscribed.size === 0 && receivers.get(subject.name) === subscribed) {
          receivers.delete(subject.name);
        }
      };
    },
  };
}
