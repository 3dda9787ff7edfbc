import type { Row } from '@topgun/react';

export interface Todo {
  readonly text: string;
  readonly done: boolean;
  /** Where it stands among the others: a fractional index, so that moving one todo writes one field of one record. */
  readonly order: string;
  readonly createdAt: number;
}

export type TodoRow = Row<Todo>;
