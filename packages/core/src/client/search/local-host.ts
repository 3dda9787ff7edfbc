import type { TakeSteps } from '../../query/index.js';
import { definitionSent, IndexHost, type HostRequest, type SearchDefinition } from '../../search/index.js';
import type { SearchHostEvents, SearchHostLink } from '../ports/search-host.js';

/** Of indexes whose words are made by functions of the app. */
export type OwnDefinition = (index: number) => SearchDefinition | undefined;

/**
 * Indexes kept where this runs: in the worker, or on the page where there is none, or none that could make their words. Taken in steps that others share the time with; what is
 * said meanwhile waits, and is taken in its order.
 */
export const localHost =
  (takeSteps: TakeSteps, definitionOf: OwnDefinition) =>
  ({ report, died }: SearchHostEvents): SearchHostLink => {
    const said: HostRequest[] = [];
    let isStopped = false;
    let isWorking = false;
    const host = new IndexHost(
      (told) => {
        if (!isStopped) report(told);
      },
      (request) => definitionOf(request.index) ?? definitionSent(request),
    );
    function* steps(): Generator<void> {
      while (said.length > 0 || !host.isIdle) {
        // What is said meanwhile is taken the next time: nobody would be answered while records come as fast as they are taken.
        for (const request of said.splice(0)) {
          yield* host.take(request);
          yield;
          if (isStopped) return;
        }
        // But for what is wanted no more.
        for (const request of said) if (request.type === 'cancel') yield* host.take(request);
        yield* host.answer();
        yield;
        if (isStopped) return;
      }
      isWorking = false;
    }
    /** Whatever throws in it is its end. */
    function* guarded(): Generator<void> {
      try {
        yield* steps();
      } catch (error) {
        isStopped = true;
        died(error instanceof Error ? error.message : String(error));
      }
    }
    return {
      post(request) {
        said.push(request);
        if (isWorking || isStopped) return;
        isWorking = true;
        takeSteps(guarded());
      },
      stop: () => void (isStopped = true),
    };
  };
