import type { ReactNode } from 'react';

import { FILTERS, hashOf, type Filter } from '../hooks/use-filter.js';

const NAMES: Record<Filter, string> = { all: 'All', active: 'Active', done: 'Done' };

export interface FilterBarProps {
  readonly filter: Filter;
  readonly activeCount: number;
  readonly doneCount: number;
  readonly onClearDone: () => void;
}

export function FilterBar({ filter, activeCount, doneCount, onClearDone }: FilterBarProps): ReactNode {
  const counts: Record<Filter, number> = { all: activeCount + doneCount, active: activeCount, done: doneCount };
  return (
    <div className="filter-bar">
      <nav aria-label="Filter">
        {FILTERS.map((name) => (
          <a key={name} href={hashOf(name)} aria-current={name === filter ? 'page' : undefined}>
            {NAMES[name]} <span className="count">{counts[name]}</span>
          </a>
        ))}
      </nav>
      <button type="button" className="quiet" onClick={onClearDone} disabled={doneCount === 0}>
        Clear done
      </button>
    </div>
  );
}
