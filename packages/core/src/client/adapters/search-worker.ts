import { IndexHost, type HostReport, type HostRequest } from '../../search/index.js';

/** What of a worker's global scope is used. The types of pages and of workers exclude each other. */
interface WorkerScope {
  onmessage: ((event: { readonly data: HostRequest }) => void) | null;
  postMessage(report: HostReport, transfer: readonly ArrayBufferLike[]): void;
}

const scope = globalThis as unknown as WorkerScope;

const host = new IndexHost((report) => {
  const parts = report.type === 'ranked' ? [report.text, report.near] : [];
  scope.postMessage(
    report,
    parts.flatMap(({ numbers, scores }) => [numbers.buffer, scores.buffer]),
  );
});
let isArmed = false;

/** In a turn of its own: what was said meanwhile, that the answer is not wanted any more above all, is heard before. */
function arm(): void {
  if (isArmed) return;
  isArmed = true;
  setTimeout(() => {
    isArmed = false;
    const steps = host.answer();
    while (steps.next().done !== true);
    if (!host.isIdle) arm();
  });
}

scope.onmessage = ({ data }) => {
  const steps = host.take(data);
  while (steps.next().done !== true);
  if (!host.isIdle) arm();
};
scope.postMessage({ type: 'ready' }, []);
