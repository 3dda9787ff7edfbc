import { nanoid } from 'nanoid';
import { useState, type FormEvent, type ReactNode } from 'react';

import { useMutation } from '../hooks/typed-hooks.js';
import { orderAtTop } from '../order.js';
import type { TodoRow } from '../todo.js';
import { Icon } from './icon.js';

export function NewTodo({ todos }: { readonly todos: readonly TodoRow[] }): ReactNode {
  const { create } = useMutation('todos');
  const [text, setText] = useState('');

  function add(event: FormEvent): void {
    event.preventDefault();
    const trimmed = text.trim();
    if (trimmed === '') return;
    create(nanoid(), { text: trimmed, done: false, order: orderAtTop(todos), createdAt: Date.now() });
    setText('');
  }

  return (
    <form className="new-todo" onSubmit={add}>
      <input
        id="new-todo"
        aria-label="New todo"
        placeholder="What needs doing?"
        autoComplete="off"
        enterKeyHint="done"
        maxLength={1000}
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoFocus
      />
      <button type="submit" aria-label="Add todo" disabled={text.trim() === ''}>
        <Icon name="plus" />
      </button>
    </form>
  );
}

/** Where the focus goes when the row that had it is gone. */
export const focusNewTodo = (): void => document.getElementById('new-todo')?.focus();
