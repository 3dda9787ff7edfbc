import {
  closestCenter,
  DndContext,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
  type DragEndEvent,
} from '@dnd-kit/core';
import {
  arrayMove,
  SortableContext,
  sortableKeyboardCoordinates,
  verticalListSortingStrategy,
} from '@dnd-kit/sortable';
import type { TextRange } from '@topgun/react';
import { useRef, type ReactNode } from 'react';

import { useMutation } from '../hooks/typed-hooks.js';
import { announcementsFor } from '../announcements.js';
import { orderAt } from '../order.js';
import type { TodoRow } from '../todo.js';
import { focusNewTodo } from './new-todo.js';
import { TodoItem } from './todo-item.js';

export interface TodoListProps {
  readonly todos: readonly TodoRow[];
  /** In their own order, in which they can be moved. */
  readonly isSorted: boolean;
  readonly rangesOf: (key: string) => readonly TextRange[];
  readonly onRemove: (todo: TodoRow) => void;
}

/** The rows, and moving them by pointer, touch or keyboard. */
export function TodoList({ todos, isSorted, rangesOf, onRemove }: TodoListProps): ReactNode {
  const { patch } = useMutation('todos');
  const list = useRef<HTMLUListElement>(null);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );

  function move({ active, over }: DragEndEvent): void {
    if (over === null || over.id === active.id) return;
    const from = todos.findIndex((todo) => todo._key === active.id);
    const to = todos.findIndex((todo) => todo._key === over.id);
    if (from < 0 || to < 0) return;
    const others = arrayMove([...todos], from, to).filter((todo) => todo._key !== active.id);
    patch(String(active.id), { order: orderAt(others, to) });
  }

  function remove(todo: TodoRow): void {
    const at = todos.indexOf(todo);
    const next = todos[at + 1] ?? todos[at - 1];
    onRemove(todo);
    // The button that had the focus is gone; the neighbour's takes it.
    const button = next && list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(next._key)}"] .remove`);
    if (button) button.focus();
    else focusNewTodo();
  }

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={move}
      accessibility={{ announcements: announcementsFor(todos) }}
    >
      <SortableContext
        items={todos.map((todo) => todo._key)}
        strategy={verticalListSortingStrategy}
        disabled={!isSorted}
      >
        <ul className="todos" ref={list}>
          {todos.map((todo) => (
            <TodoItem key={todo._key} todo={todo} isMovable={isSorted} ranges={rangesOf(todo._key)} onRemove={remove} />
          ))}
        </ul>
      </SortableContext>
    </DndContext>
  );
}
