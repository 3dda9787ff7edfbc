import type { HostReport } from '../../search/index.js';
import type { StartSearchHost } from '../ports/search-host.js';

/**
 * A worker of this page. Bundlers know it by the form of this expression, and make a file of it. Where it cannot be had (a policy of the page forbids it,
 * its file is missing) it dies, as it does when something in it throws.
 */
export const startBrowserSearchWorker: StartSearchHost = ({ report, died }) => {
  if (typeof Worker !== 'function') return null;
  let worker: Worker;
  try {
    worker = new Worker(new URL('./search-worker.js', import.meta.url), { type: 'module', name: 'topgun-search' });
  } catch {
    return null;
  }
  const end = (reason: string): void => {
    stop();
    died(reason);
  };
  const stop = (): void => {
    worker.onmessage = null;
    worker.onerror = null;
    worker.onmessageerror = null;
    worker.terminate();
  };
  worker.onmessage = ({ data }: MessageEvent<HostReport>) => report(data);
  worker.onerror = ({ message }) => end(message ?? 'it could not be started');
  worker.onmessageerror = () => end('what it said could not be read');
  return { post: (request) => worker.postMessage(request), stop };
};
