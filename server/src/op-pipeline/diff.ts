import type { ViewRegistry } from '../services/query/view-registry.js';
import { passOn, type Acked, type Diffed } from './stages.js';

/** What the commit changed in each live view. */
export function diff(commit: Acked, views: ViewRegistry): Diffed {
  return passOn<'diffed', Omit<Diffed, symbol>>({
    position: commit.position,
    verdicts: commit.verdicts,
    ...views.apply(commit.changes),
  });
}
