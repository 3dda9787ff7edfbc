import type { Rejection } from '@topgun/react';

import type { Todo } from './todo.js';

/** A refused write as the list tells of it. */
export interface RefusalWords {
  /** What was tried. */
  readonly what: string;
  /** Why it was refused. */
  readonly why: string;
  /** The text that was tried and can be edited; `null`: it was about something else. */
  readonly text: string | null;
}

const REASONS: Readonly<Record<string, string>> = {
  'too-large': 'It is longer than the server takes.',
  'record-absent': 'The todo is not there, or not any more.',
  'schema-violation': 'The server does not take this for a todo.',
  'not-permitted': 'You are not allowed to do this.',
  'clock-skew': 'The clock of this device is wrong.',
  'transaction-refused': 'It belongs together with another change that was refused.',
  'outcome-unknown': 'The connection broke, and whether the server has it can no longer be told.',
};

/** `shownText`: the todo's text as it is now, where it is there. */
export function wordsFor({ attempted, code, reason }: Rejection, shownText: string | undefined): RefusalWords {
  const why = REASONS[code] ?? reason;
  const name = shownText === undefined ? 'a todo' : `“${shownText}”`;
  const fields = fieldsOf(attempted);
  if (attempted.type === 'set') return { what: 'New todo', why, text: textOf(fields) };
  if (attempted.type !== 'patch') return { what: `Deleting ${name}`, why, text: null };
  const text = textOf(fields);
  if (text !== null) return { what: `New text for ${name}`, why, text };
  if (fields.done !== undefined) return { what: `Marking ${name} as ${fields.done ? 'done' : 'not done'}`, why, text };
  return { what: `Moving ${name}`, why, text };
}

function fieldsOf(attempted: Rejection['attempted']): Partial<Todo> {
  if (attempted.type === 'patch') return attempted.fields as Partial<Todo>;
  return attempted.type === 'set' ? (attempted.value as Partial<Todo>) : {};
}

const textOf = ({ text }: Partial<Todo>): string | null => text ?? null;
