import type { HostReport, HostRequest } from '../../search/index.js';
import { localHost } from '../search/local-host.js';
import { SlicedWork } from '../state/sliced-work.js';
import { systemClock } from './system-clock.js';
import { systemTimers } from './system-timers.js';

/** What of a worker's global scope is used. The types of pages and of workers exclude each other. */
interface WorkerScope {
  onmessage: ((event: { readonly data: HostRequest }) => void) | null;
  postMessage(report: HostReport, transfer: readonly ArrayBufferLike[]): void;
}

const scope = globalThis as unknown as WorkerScope;

// In turns here too: what is said meanwhile, that the answer is not wanted any more above all, is heard before it is begun.
const { begin } = new SlicedWork({ clock: systemClock, timers: systemTimers });
const { post } = localHost(
  begin,
  () => undefined,
)({
  report(report) {
    const parts = report.type === 'ranked' ? [report.text, report.near] : [];
    scope.postMessage(
      report,
      parts.flatMap(({ numbers, scores }) => [numbers.buffer, scores.buffer]),
    );
  },
  died(reason) {
    // The page hears of it as of any error here.
    throw new Error(reason);
  },
});

scope.onmessage = ({ data }) => post(data);
scope.postMessage({ type: 'ready' }, []);
