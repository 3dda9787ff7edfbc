import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from './database-error.js';

/**
 * The absolute path in `file:./topgun.db`, `file:topgun.db`, `file:/var/lib/topgun.db` or `file:///var/lib/topgun.db`.
 * Relative paths are relative to `workingDirectory`. Only the form with `//` is percent-decoded, as URLs are.
 */
export function parseDatabaseUrl(url: string, workingDirectory: string): Result<string, DatabaseError> {
  const refuse = (why: string): Result<string, DatabaseError> =>
    err({
      code: 'unsupported-url',
      message: `The database URL ${JSON.stringify(redact(url))} cannot be used: ${why}. Write it like ${EXAMPLES}.`,
    });
  if (!url.startsWith('file:')) return refuse('it names neither a SQLite file nor a PostgreSQL database');
  if (url.startsWith('file://')) {
    try {
      const parsed = new URL(url);
      if (parsed.search !== '' || parsed.hash !== '') return refuse('options after the path are not supported');
      return ok(fileURLToPath(parsed));
    } catch {
      return refuse('it does not name a file on this machine');
    }
  }
  const path = url.slice('file:'.length);
  if (path === '' || path === ':memory:') return refuse('it names no file');
  if (path.includes('?') || path.includes('#') || path.includes('\0')) {
    return refuse('options after the path are not supported');
  }
  return ok(isAbsolute(path) ? path : resolve(workingDirectory, path));
}

const EXAMPLES = 'file:./topgun.db or postgresql://user:password@host:5432/database';

/** Without the password that a URL of another kind may hold: the message goes to logs. */
function redact(url: string): string {
  return url.replace(/\/\/.*@/, '//…@');
}
