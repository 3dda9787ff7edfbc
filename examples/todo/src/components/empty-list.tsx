import type { ReactNode } from 'react';

import type { Filter } from '../hooks/use-filter.js';
import { Icon } from './icon.js';

const NAMES: Record<Filter, string> = { all: 'all', active: 'active', done: 'done' };
const NOTHING: Record<Filter, string> = {
  all: 'Nothing here.',
  active: 'All done. Nothing is left to do.',
  done: 'Nothing is done yet.',
};

export interface EmptyListProps {
  readonly filter: Filter;
  readonly isFresh: boolean;
  /** What was searched for, if anything. */
  readonly searched: string | null;
}

export function EmptyList({ filter, isFresh, searched }: EmptyListProps): ReactNode {
  if (searched !== null) {
    return (
      <div className="empty">
        <span className="empty-mark">
          <Icon name="search" />
        </span>
        <p>Nothing matches “{searched}”.</p>
        {filter !== 'all' && <p className="hint">Only {NAMES[filter]} todos are searched.</p>}
      </div>
    );
  }
  return (
    <div className="empty">
      <span className="empty-mark">
        <Icon name="check" />
      </span>
      {isFresh ? (
        <>
          <p>A clean slate.</p>
          <p className="hint">Type above and press Enter. It works offline, too.</p>
        </>
      ) : (
        <p>{NOTHING[filter]}</p>
      )}
    </div>
  );
}
