import { TopGunError } from '../../primitives/index.js';
import type { Notifier } from '../state/notifier.js';
import { isThenable } from './is-thenable.js';

/** CL-30: runs the function as one batch of the notifier. A promise it returns is an error: it would write outside. */
export function runBatch<T>(notifier: Notifier, write: () => T): T {
  const returned = notifier.batch(write);
  if (!isThenable(returned)) return returned;
  // What it does from here on has been told already.
  returned.then(undefined, () => {});
  throw new TopGunError(
    'async-batch',
    'The function of a batch must not be async: what it wrote before its first await is written, the rest is in no batch.',
  );
}
