import { useCallback, useState } from 'react';

import { useMutation } from './typed-hooks.js';
import type { TodoRow } from '../todo.js';

export interface Undo {
  /** What the last removal took away; empty when there is nothing to undo. */
  readonly removed: readonly TodoRow[];
  remove(todos: readonly TodoRow[]): void;
  restore(): void;
  dismiss(): void;
}

const NOTHING: readonly TodoRow[] = [];

/** Removing at once, with a way back. */
export function useUndo(): Undo {
  const { create, remove } = useMutation('todos');
  const [removed, setRemoved] = useState(NOTHING);
  const dismiss = useCallback(() => setRemoved(NOTHING), []);
  return {
    removed,
    remove(todos) {
      for (const todo of todos) remove(todo._key);
      setRemoved(todos);
    },
    restore() {
      for (const { _key, ...todo } of removed) create(_key, todo);
      setRemoved(NOTHING);
    },
    dismiss,
  };
}
