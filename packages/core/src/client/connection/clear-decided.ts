import type { Op, OpId } from '../../crdt/index.js';
import type { Environment } from '../ports/environment.js';
import type { Storage } from '../ports/storage.js';
import type { Decision } from '../ports/tab-events.js';
import type { BackgroundCommits } from './background-commits.js';
import { decisionsOf } from './decided-earlier.js';
import type { Outbox } from './outbox.js';
import type { DecidedEarlier } from './stored-outbox.js';

export interface ClearDecidedOptions {
  readonly storage: Storage;
  readonly outbox: Outbox;
  readonly commits: BackgroundCommits;
  readonly log: Environment['log'];
  readonly decidedOf: (ids: readonly OpId[]) => Promise<readonly DecidedEarlier[] | null>;
  readonly told: (decisions: readonly Decision[]) => void;
}

/**
 * CL-8: a tab that brought what it held into a new database may have brought what was decided before its commit. Takes that out of the
 * stored outbox again; one call at a time, others are dropped.
 */
export function createClearDecided({
  storage,
  outbox,
  commits,
  log,
  decidedOf,
  told,
}: ClearDecidedOptions): () => void {
  let isClearing = false;

  async function clear(): Promise<void> {
    // What was decided just now may be on its way out.
    if (!(await commits.store(null))) return;
    const left = await storage.loadOutbox();
    const back: readonly Op[] = (left.ok ? left.value : []).map(({ op }) => op).filter(outbox.wasDecided);
    if (back.length === 0 || !(await commits.store({ removeOps: back }))) return;
    const decisions = decisionsOf((await decidedOf(back)) ?? [], back);
    // Whoever opened meanwhile has read them as pending.
    if (decisions.length > 0) told(decisions);
  }

  return () => {
    if (isClearing) return;
    isClearing = true;
    clear()
      .catch((error: unknown) => log('error', 'clearing the outbox failed', error))
      .finally(() => (isClearing = false));
  };
}
