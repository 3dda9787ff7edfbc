/** The basic SQLite code behind an error of the driver, e.g. `SQLITE_FULL`, or `null`: looks through Prisma's and libsql's wrappers. */
export function sqliteErrorCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && at.code.startsWith('SQLITE_')) {
      return at.code;
    }
  }
  return null;
}
