import type { Announcements, UniqueIdentifier } from '@dnd-kit/core';

import type { TodoRow } from './todo.js';

/** What a screen reader hears while a todo is moved. */
export function announcementsFor(todos: readonly TodoRow[]): Announcements {
  const name = (id: UniqueIdentifier): string => `“${todos.find((todo) => todo._key === id)?.text ?? ''}”`;
  const place = (id: UniqueIdentifier): string =>
    `${todos.findIndex((todo) => todo._key === id) + 1} of ${todos.length}`;
  return {
    onDragStart: ({ active }) => `Picked up ${name(active.id)}, ${place(active.id)}.`,
    onDragOver: ({ active, over }) => (over === null ? undefined : `${name(active.id)} is now ${place(over.id)}.`),
    onDragEnd: ({ active, over }) => `${name(active.id)} was put down${over === null ? '' : `, ${place(over.id)}`}.`,
    onDragCancel: ({ active }) => `${name(active.id)} went back to where it was.`,
  };
}
