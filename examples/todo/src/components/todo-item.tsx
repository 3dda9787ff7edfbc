import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import type { TextRange } from '@topgun/react';
import { memo, type ReactNode } from 'react';

import { useMutation } from '../hooks/typed-hooks.js';
import type { TodoRow } from '../todo.js';
import { Icon } from './icon.js';
import { SyncMark } from './sync-mark.js';
import { TodoText } from './todo-text.js';

export interface TodoItemProps {
  readonly todo: TodoRow;
  readonly isMovable: boolean;
  /** What to mark of its text. */
  readonly ranges: readonly TextRange[];
  readonly onRemove: (todo: TodoRow) => void;
}

export const TodoItem = memo(function TodoItem({ todo, isMovable, ranges, onRemove }: TodoItemProps): ReactNode {
  const { patch } = useMutation('todos');
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({
    id: todo._key,
  });
  const style = { transform: CSS.Translate.toString(transform), transition };
  return (
    <li
      ref={setNodeRef}
      style={style}
      className="todo"
      data-key={todo._key}
      data-done={todo.done}
      data-dragging={isDragging}
    >
      <button
        ref={setActivatorNodeRef}
        type="button"
        className="grip"
        {...attributes}
        {...listeners}
        aria-label={`Move “${todo.text}”`}
        disabled={!isMovable}
      >
        <Icon name="grip" />
      </button>
      <label className="tick">
        <input
          type="checkbox"
          checked={todo.done}
          aria-label={`Mark “${todo.text}” as ${todo.done ? 'not done' : 'done'}`}
          onChange={(event) => patch(todo._key, { done: event.target.checked })}
        />
        <span className="tick-box">
          <Icon name="check" />
        </span>
      </label>
      <TodoText
        text={todo.text}
        ranges={ranges}
        onChange={(text) => patch(todo._key, { text })}
        onEmpty={() => onRemove(todo)}
      />
      <SyncMark recordKey={todo._key} />
      <button type="button" className="remove" aria-label={`Delete “${todo.text}”`} onClick={() => onRemove(todo)}>
        <Icon name="close" />
      </button>
    </li>
  );
});
