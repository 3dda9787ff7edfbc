import type { Timers } from '../../../packages/core/src/client/ports/environment.js';
import type { SearchHostEvents, StartSearchHost } from '../../../packages/core/src/client/ports/search-host.js';
import type { SeededRandom } from '../../../packages/core/src/client/testing/seeded-random.js';
import { IndexHost, type HostRequest } from '../../../packages/core/src/search/index.js';
import type { Defects } from '../defects.js';

/** The longest a message to the worker takes, and one from it. */
export const WORKER_MS = 3;

export interface SearchWorkers {
  readonly start: StartSearchHost;
  /** The one that runs is no more. False: none runs. */
  kill(): boolean;
}

/** SE-25 without threads: the worker of one tab. Copies pass to it and from it, in order, each taking its time. */
export function createSearchWorkers(timers: Timers, random: SeededRandom, defects: Defects): SearchWorkers {
  let running: SearchHostEvents | null = null;

  function line(isOpen: () => boolean): (arrive: () => void) => void {
    const waiting: (() => void)[] = [];
    return (arrive) => {
      waiting.push(arrive);
      timers.after(random.integer(WORKER_MS + 1), () => {
        const next = waiting.shift();
        if (isOpen()) next?.();
      });
    };
  }

  return {
    start(events) {
      running = events;
      const isOpen = (): boolean => running === events;
      const [toWorker, toPage] = [line(isOpen), line(isOpen)];
      const host = new IndexHost((report) => {
        const copy = structuredClone(report);
        toPage(() => events.report(copy));
      });
      let isArmed = false;
      function arm(): void {
        if (isArmed) return;
        isArmed = true;
        timers.after(0, () => {
          isArmed = false;
          if (!isOpen()) return;
          finish(host.answer());
          if (!host.isIdle) arm();
        });
      }
      toPage(() => events.report({ type: 'ready' }));
      return {
        post(request) {
          const copy: HostRequest = structuredClone(request);
          toWorker(() => {
            if (defects.indexesLoseWords === true && copy.type === 'put' && random.integer(3) === 0) return;
            finish(host.take(copy));
            if (!host.isIdle) arm();
          });
        },
        stop() {
          if (isOpen()) running = null;
        },
      };
    },
    kill() {
      const events = running;
      running = null;
      events?.died('it was killed');
      return events !== null;
    },
  };
}

function finish<T>(steps: Iterator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
