import { useWriteRejections } from '@topgun/react';
import { useRef, type ReactNode } from 'react';

import type { TodoRow } from '../todo.js';
import { focusNewTodo } from './new-todo.js';
import { RefusedWrite } from './refused-write.js';

/** What the server has refused: it shows nowhere else, since the list above it has gone back to what is confirmed. */
export function RefusedWrites({ todos }: { readonly todos: readonly TodoRow[] }): ReactNode {
  const { rejections, retry, edit, discard } = useWriteRejections({ map: 'todos' });
  const list = useRef<HTMLUListElement>(null);
  if (rejections.length === 0) return null;

  /** The button that had the focus goes with its row; another row takes it. */
  function leave(id: string): void {
    const next = [...(list.current?.children ?? [])].find((row) => (row as HTMLElement).dataset['id'] !== id);
    const button = next?.querySelector('button');
    if (button) button.focus();
    else focusNewTodo();
  }

  return (
    <section className="refused" aria-label="Refused changes">
      <p className="refused-title" role="status">
        {rejections.length === 1 ? 'One change was not saved.' : `${rejections.length} changes were not saved.`}
      </p>
      <ul ref={list}>
        {rejections.map((rejection) => (
          <RefusedWrite
            key={rejection.id}
            rejection={rejection}
            shownText={todos.find(({ _key }) => _key === rejection.key)?.text}
            onRetry={() => {
              leave(rejection.id);
              retry(rejection.id);
            }}
            onEdit={(text) => {
              leave(rejection.id);
              edit(rejection.id, (attempted) => ({ ...attempted, text }));
            }}
            onDiscard={() => {
              leave(rejection.id);
              void discard(rejection.id);
            }}
          />
        ))}
      </ul>
    </section>
  );
}
