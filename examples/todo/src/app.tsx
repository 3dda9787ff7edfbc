import type { ReactNode } from 'react';

import { EmptyList } from './components/empty-list.js';
import { FilterBar } from './components/filter-bar.js';
import { FirstSync } from './components/first-sync.js';
import { NewTodo } from './components/new-todo.js';
import { RefusedWrites } from './components/refused-writes.js';
import { SearchBox } from './components/search-box.js';
import { Skeleton } from './components/skeleton.js';
import { StatusBadge } from './components/status-badge.js';
import { StorageNotice } from './components/storage-notice.js';
import { TodoList } from './components/todo-list.js';
import { UndoToast } from './components/undo-toast.js';
import { isShownBy, useFilter } from './hooks/use-filter.js';
import { useTodoSearch } from './hooks/use-todo-search.js';
import { useTodos } from './hooks/use-todos.js';
import { useUndo } from './hooks/use-undo.js';

export function App(): ReactNode {
  const { todos, activeCount, doneCount, isLoading, error } = useTodos();
  const filter = useFilter();
  const undo = useUndo();
  const { text, setText, found, isSearching, rangesOf } = useTodoSearch(todos, filter);
  const shown = found ?? todos.filter((todo) => isShownBy(filter, todo));

  return (
    <>
      <header className="masthead">
        <h1>Todos</h1>
        <StatusBadge />
      </header>
      <main>
        <StorageNotice />
        <NewTodo todos={todos} />
        <RefusedWrites todos={todos} />
        {error !== null && (
          <p className="notice" role="alert">
            {error.message}
          </p>
        )}
        <section className="card" aria-label="Todos">
          {(todos.length > 0 || text !== '') && (
            <SearchBox text={text} onChange={setText} found={isSearching ? null : (found?.length ?? null)} />
          )}
          {todos.length > 0 && (
            <FilterBar
              filter={filter}
              activeCount={activeCount}
              doneCount={doneCount}
              onClearDone={() => undo.remove(todos.filter((todo) => todo.done))}
            />
          )}
          <FirstSync />
          {isLoading ? <Skeleton /> : null}
          {shown.length > 0 && (
            <TodoList
              todos={shown}
              isSorted={found === null}
              rangesOf={rangesOf}
              onRemove={(todo) => undo.remove([todo])}
            />
          )}
          {!isLoading && !isSearching && shown.length === 0 && (
            <EmptyList filter={filter} isFresh={todos.length === 0} searched={found === null ? null : text.trim()} />
          )}
        </section>
      </main>
      <footer className="colophon">
        Stored in this browser, synced by <strong>TopGun</strong>. Open a second window and watch.
      </footer>
      <UndoToast removed={undo.removed} onUndo={undo.restore} onDismiss={undo.dismiss} />
    </>
  );
}
