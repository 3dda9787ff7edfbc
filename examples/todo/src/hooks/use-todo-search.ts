import { useSearch, type TextRange } from '@topgun/react';
import { useState } from 'react';

import type { Todo, TodoRow } from '../todo.js';
import type { Filter } from './use-filter.js';

export interface TodoSearch {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** The todos that are found, the best first; `null` while nothing is searched for. */
  readonly found: readonly TodoRow[] | null;
  /** The answer to what is typed is on its way. */
  readonly isSearching: boolean;
  /** Where in the text of a todo the words are. */
  readonly rangesOf: (key: string) => readonly TextRange[];
}

const NOWHERE: readonly TextRange[] = [];

/** Searches the todos as somebody types, among those that the filter shows. */
export function useTodoSearch(todos: readonly TodoRow[], filter: Filter): TodoSearch {
  const [text, setText] = useState('');
  const { results, loading } = useSearch<Todo>('todos', text, {
    fields: ['text'],
    limit: 100,
    highlight: true,
    ...(filter === 'all' ? {} : { where: { done: filter === 'done' } }),
  });
  const rows = new Map(todos.map((todo) => [todo._key, todo]));
  const ranges = new Map(results.map(({ key, highlights }) => [key, highlights?.['text'] ?? NOWHERE]));
  return {
    text,
    setText,
    found: text.trim() === '' ? null : results.flatMap(({ key }) => rows.get(key) ?? []),
    isSearching: loading,
    rangesOf: (key) => ranges.get(key) ?? NOWHERE,
  };
}
