import { randomInt } from 'node:crypto';

import type { OpAuthor } from '../../../server/src/testing/op-author.js';
import type { LoadMessage } from './load-client.js';

/** The maps that the load writes. */
export const LOAD_MAPS = ['rows', 'notes', 'counters'] as const;

/** What a client has created and not removed, oldest first. */
export interface OwnKeys {
  readonly name: string;
  readonly rows: string[];
  readonly notes: string[];
}

/** Beyond so many the oldest go, so that a long run reads no more than a short one. */
const KEPT = 40;

/** What the client sends next: new records, edits and removals, counts, or a transaction over all three maps. */
export function nextMessage(author: OpAuthor, keys: OwnKeys): LoadMessage {
  const kind = randomInt(4);
  if (kind === 0) return { ops: counts(author, keys), isTransaction: false };
  if (kind === 1) return { ops: transfer(author, keys), isTransaction: true };
  return { ops: edits(author, keys), isTransaction: false };
}

function edits(author: OpAuthor, { name, rows }: OwnKeys): LoadMessage['ops'] {
  const created = Array.from({ length: 4 }, () => {
    const key = `${name}-${author.issued + 1}`;
    rows.push(key);
    return author.create('rows', key, { n: author.issued + 1, text: 'a row' });
  });
  const edited = author.patch('rows', rows[randomInt(rows.length)]!, { text: `edited ${author.issued + 1}` });
  const removed = rows.splice(0, Math.max(0, rows.length - KEPT)).map((key) => author.remove('rows', key));
  return [...created, edited, ...removed];
}

const counts = (author: OpAuthor, { name }: OwnKeys): LoadMessage['ops'] => [
  author.count('counters', 'shared', 1 + randomInt(5)),
  author.count('counters', 'shared', -2),
  author.count('counters', name, 1),
];

/** From one counter to another, with a note of it: half of that would show. */
function transfer(author: OpAuthor, { name, notes }: OwnKeys): LoadMessage['ops'] {
  const amount = 1 + randomInt(100);
  const key = `${name}-${author.issued + 1}`;
  notes.push(key);
  const parts = [
    author.create('notes', key, { amount }),
    author.count('counters', 'from', -amount),
    author.count('counters', 'to', amount),
  ];
  const removed = notes.splice(0, Math.max(0, notes.length - KEPT)).map((old) => author.remove('notes', old));
  return [...parts, ...removed];
}
