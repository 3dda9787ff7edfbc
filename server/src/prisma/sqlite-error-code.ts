/**
 * The basic SQLite code behind an error of the driver, e.g. `SQLITE_IOERR` for `SQLITE_IOERR_WRITE`, or `null`: looks through Prisma's and
 * libsql's wrappers.
 */
export function sqliteErrorCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const code = 'code' in at && typeof at.code === 'string' ? /^SQLITE_[A-Z]+/.exec(at.code) : null;
    if (code !== null) return code[0];
  }
  return null;
}
