import type { TabPort } from '../ports/tabs.js';

const NEVER = new Promise<void>(() => {});

/** A tab without siblings: nobody hears, every lock is granted. For Node, where each client has its storage to itself. */
export function createSoloTabs(options: { readonly isExclusive?: boolean } = {}): TabPort {
  return {
    join() {
      const held = new Set<string>();
      const shared = new Set<string>();
      const waiting = new Map<string, (() => void)[]>();
      let hasLeft = false;

      function release(name: string): void {
        const next = waiting.get(name)?.shift();
        if (next === undefined) held.delete(name);
        else next();
      }

      return {
        isExclusive: options.isExclusive ?? true,
        isAlone: true,
        stealing: null,
        post() {},
        onMessage: () => () => {},
        lock(name, run) {
          let isCancelled = false;
          const grant = (): void => {
            if (isCancelled || hasLeft) release(name);
            else void run(NEVER).finally(() => release(name));
          };
          if (held.has(name)) waiting.set(name, [...(waiting.get(name) ?? []), grant]);
          else {
            held.add(name);
            // As with real locks: never within the call.
            queueMicrotask(grant);
          }
          return {
            cancel() {
              isCancelled = true;
            },
          };
        },
        tryLock(name) {
          if (held.has(name) || shared.has(name) || hasLeft) return Promise.resolve(null);
          held.add(name);
          let isHeld = true;
          return Promise.resolve({
            release() {
              if (isHeld) release(name);
              isHeld = false;
            },
          });
        },
        share(name) {
          shared.add(name);
          if (hasLeft || !held.has(name)) return Promise.resolve();
          return new Promise((resolve) => {
            const granted = (): void => {
              resolve();
              release(name);
            };
            waiting.set(name, [...(waiting.get(name) ?? []), granted]);
          });
        },
        leave() {
          hasLeft = true;
        },
      };
    },
  };
}
