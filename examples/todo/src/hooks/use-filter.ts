import { useSyncExternalStore } from 'react';

import type { Todo } from '../todo.js';

export const FILTERS = ['all', 'active', 'done'] as const;
export type Filter = (typeof FILTERS)[number];

/** The filter lives in the address, so that reload, back and links keep it. */
export function useFilter(): Filter {
  return useSyncExternalStore(onHashChange, filterOfHash);
}

export const hashOf = (filter: Filter): string => `#/${filter}`;

export function isShownBy(filter: Filter, todo: Todo): boolean {
  return filter === 'all' || todo.done === (filter === 'done');
}

const filterOfHash = (): Filter => FILTERS.find((filter) => location.hash === hashOf(filter)) ?? 'all';

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
