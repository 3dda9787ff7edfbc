import { useConnectionState, type TopGunError } from '@topgun/react';

import type { TodoRow } from '../todo.js';
import { useQuery } from './typed-hooks.js';

export interface Todos {
  readonly todos: readonly TodoRow[];
  readonly activeCount: number;
  readonly doneCount: number;
  /** Nothing to show yet, and an answer is on its way. */
  readonly isLoading: boolean;
  readonly error: TopGunError | null;
}

/** All todos in their order: one live query, which the filters share. */
export function useTodos(): Todos {
  const { data, status, error } = useQuery('todos', {
    sort: [
      ['order', 'asc'],
      ['createdAt', 'asc'],
    ],
  });
  const connection = useConnectionState();
  const isAsking = connection === 'authenticating' || connection === 'connecting' || connection === 'reconciling';
  const doneCount = data.filter((todo) => todo.done).length;
  return {
    todos: data,
    activeCount: data.length - doneCount,
    doneCount,
    isLoading: data.length === 0 && (status === 'loading' || (status === 'local' && isAsking)),
    error,
  };
}
