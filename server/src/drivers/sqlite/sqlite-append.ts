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
const APPEND = `
  INSERT OR IGNORE INTO ledger_segment (position, epoch, bytes, created_at)
  VALUES (
    (SELECT coalesce(max(position), 0) + 1 FROM ledger_segment), (SELECT epoch FROM ledger_owner WHERE id = 1 AND epoch = ?1),
    ?2, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  RETURNING position`;

/** The one statement that every ack waits for. */
export interface SqliteAppend {
  /** Appends under `epoch`. Blocks its thread while the disk syncs. */
  append(epoch: number, segment: Uint8Array): AppendOutcome | HeldUp;
}

export function sqliteAppendOn({ database, sync }: SqliteConnection): SqliteAppend {
  const statement = database.prepare<[number, Buffer]>(APPEND).raw(true);
  return {
    append(epoch, { buffer, byteOffset, byteLength }) {
      try {
        sync.full();
        // `all`, not `get`: it runs the statement to its end, which is where it is committed and where that may fail.
        const [row] = statement.all(epoch, Buffer.from(buffer, byteOffset, byteLength)) as [position: number][];
        return row === undefined ? { type: 'fenced' } : { type: 'committed', position: row[0] };
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
