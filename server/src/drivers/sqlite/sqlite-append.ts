import type { AppendOutcome } from '../../ports/ledger.js';
import { sqliteErrorCode } from '../../prisma/sqlite-error-code.js';
import type { HeldUp } from '../store-calls.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { sqliteTroubleOf } from './sqlite-trouble.js';

/**
 * After these SQLite has written nothing, or taken it back. After any other, an I/O error above all, the frames may have
 * reached the log although the call failed.
 */
const NOTHING_WRITTEN = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_NOMEM',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_PERM',
  'SQLITE_TOOBIG',
]);

// PI-3: check and insert are one statement. In SQLite that suffices: writers take turns, and see what was committed before. Where the epoch is another there is
// none to be written, and a row without one is no row. Not `INSERT … SELECT`: that puts the segment into a table of its own before it is inserted.
const appendAt = (position: string): string => `
  INSERT OR IGNORE INTO ledger_segment (position, epoch, bytes, created_at)
  VALUES (
    ${position}, (SELECT epoch FROM ledger_owner WHERE id = 1 AND epoch = ?1),
    ?2, CAST(unixepoch('subsec') * 1000 AS INTEGER))`;
const FIRST = `${appendAt('(SELECT coalesce(max(position), 0) + 1 FROM ledger_segment)')} RETURNING position`;
const NEXT = appendAt('?3');

/** The one statement that every ack waits for. */
export interface SqliteAppend {
  /** Appends under `epoch`. Blocks its thread while the disk syncs. */
  append(epoch: number, segment: Uint8Array): AppendOutcome | HeldUp;
}

export function sqliteAppendOn({ database, sync }: SqliteConnection): SqliteAppend {
  const first = database.prepare<[number, Buffer]>(FIRST).raw(true);
  const next = database.prepare<[number, Buffer, number]>(NEXT);
  /** Where the last one is, and under which epoch: as long as that holds nobody else appends, and the next is behind it. */
  let last: { readonly epoch: number; readonly position: number } | null = null;

  const appendFirst = (epoch: number, bytes: Buffer): number | null => {
    // `all`, not `get`: it runs the statement to its end, which is where it is committed and where that may fail.
    const [row] = first.all(epoch, bytes) as [position: number][];
    return row === undefined ? null : row[0];
  };
  const appendNext = (epoch: number, bytes: Buffer, position: number): number | null =>
    next.run(epoch, bytes, position).changes === 1 ? position : null;

  return {
    append(epoch, { buffer, byteOffset, byteLength }) {
      const before = last;
      last = null;
      try {
        sync.full();
        const bytes = Buffer.from(buffer, byteOffset, byteLength);
        const position =
          before?.epoch === epoch ? appendNext(epoch, bytes, before.position + 1) : appendFirst(epoch, bytes);
        if (position === null) return { type: 'fenced' };
        last = { epoch, position };
        return { type: 'committed', position };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

function outcomeOf(error: unknown): AppendOutcome | HeldUp {
  const reason = error instanceof Error ? error.message : String(error);
  const code = sqliteErrorCode(error);
  if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB') return { type: 'damaged', reason };
  if (code === null || !NOTHING_WRITTEN.has(code)) return { type: 'unknown', reason };
  const trouble = sqliteTroubleOf(error, () => true);
  return trouble === null ? { type: 'failed', reason } : { type: 'held-up', trouble, reason };
}
