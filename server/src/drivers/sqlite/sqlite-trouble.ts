import { sqliteErrorCode } from '../../prisma/sqlite-error-code.js';
import type { StorageTrouble } from '../storage-trouble.js';

/**
 * What an error of SQLite says of its storage; `null`: nothing that passes. `isWritable`: whether the system lets the file be written now;
 * SQLite itself calls a file system that was made read-only an I/O error like any other.
 */
export function sqliteTroubleOf(error: unknown, isWritable: () => boolean): StorageTrouble | null {
  switch (sqliteErrorCode(error)) {
    case 'SQLITE_FULL':
      return 'full';
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return 'locked';
    case 'SQLITE_READONLY':
    case 'SQLITE_PERM':
      return 'read-only';
    case 'SQLITE_IOERR':
    case 'SQLITE_CANTOPEN':
      return isWritable() ? 'failing' : 'read-only';
    default:
      return null;
  }
}
