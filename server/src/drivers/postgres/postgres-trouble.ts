import { isRefusal, sqlStateOf } from '../../prisma/postgresql/postgres-error.js';
import type { StorageTrouble } from '../storage-trouble.js';

/** What a refusal by PostgreSQL says of its storage; `null`: nothing that passes, or nothing is known of what was written. */
export function postgresTroubleOf(error: unknown): StorageTrouble | null {
  if (!isRefusal(error)) return null;
  switch (sqlStateOf(error)) {
    case '53100':
      return 'full';
    case '25006':
      return 'read-only';
    // A lock that did not come in time, a statement that took too long, most of all for one; a deadlock.
    case '55P03':
    case '57014':
    case '40P01':
      return 'locked';
    default:
      return null;
  }
}
