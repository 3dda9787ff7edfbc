import type { ReactNode } from 'react';

import type { Filter } from '../hooks/use-filter.js';
import { Icon } from './icon.js';

const NOTHING: Record<Filter, string> = {
  all: 'Nothing here.',
  active: 'All done. Nothing is left to do.',
  done: 'Nothing is done yet.',
};

export function EmptyList({ filter, isFresh }: { readonly filter: Filter; readonly isFresh: boolean }): ReactNode {
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
