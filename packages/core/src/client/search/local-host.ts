import type { TakeSteps } from '../../query/index.js';
import { definitionSent, IndexHost, type HostRequest, type SearchDefinition } from '../../search/index.js';
import type { StartSearchHost } from '../ports/search-host.js';

/** Of indexes whose words are made by functions of the app. */
export type OwnDefinition = (index: number) => SearchDefinition | undefined;

/**
 * Indexes kept on the page, where there is no worker, or none that could make their words: taken in steps that others share the time with.
 */
export const localHost =
  (takeSteps: TakeSteps, definitionOf: OwnDefinition): StartSearchHost =>
  ({ report, died }) => {
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
      for (; !isStopped; yield) {
        const request = said.shift();
        if (request !== undefined) yield* host.take(request);
        else if (host.isIdle) break;
        else yield* host.answer();
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
