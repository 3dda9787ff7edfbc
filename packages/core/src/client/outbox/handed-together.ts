import { transactionIdText } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';

/**
 * CR-12: a transaction is handed to a socket as a whole, so it is marked `handed` as a whole: where one part is not, none is.
 * Or a change of replica (CR-2), which moves what was never handed over, would tear it apart. All parts are among the entries.
 */
export function handedTogether(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  let held: Set<string> | null = null;
  for (const { op, handed } of entries) {
    if (handed || op.transaction === undefined) continue;
    held ??= new Set();
    held.add(transactionIdText(op) as string);
  }
  if (held === null) return entries;
  return entries.map((entry) => {
    const id = transactionIdText(entry.op);
    return entry.handed && id !== undefined && held.has(id) ? { ...entry, handed: false } : entry;
  });
}
