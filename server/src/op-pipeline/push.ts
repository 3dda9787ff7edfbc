import type { Committed } from '../ports/partition-host.js';
import type { Diffed } from './stages.js';

/** One event per commit: whoever receives it sends the verdicts first, then the diffs (PI-1). */
export function push(commit: Diffed): Committed {
  return {
    type: 'committed',
    position: commit.position,
    verdicts: commit.verdicts,
    diffs: commit.diffs,
    outgrown: commit.outgrown,
  };
}
