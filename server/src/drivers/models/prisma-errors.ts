/** Codes of Prisma's that say nothing of what was asked: no connection, no room, too slow, taken by another, or no such table at the moment. */
const OUT_OF_REACH = /^P(1\d{3}|2021|2022|2024|2028|2034|2037)$/;

/** Classes of PostgreSQL's that do so: connections, its standing as a standby, transactions in each other's way, room, locks, its operators, its system. */
const POSTGRES_OUT_OF_REACH = /^(08|25|40|53|55|57|58)[0-9A-Z]{3}$/;

/** SQLite's: busy, locked, no memory, read-only, I/O, full, cannot be opened. */
const SQLITE_OUT_OF_REACH: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 13, 14]);

/** Whether the same may well be taken when it is asked again. */
export function isOutOfReach(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!isOfPrisma(error)) return isOfConnection(error);
  if (error.name === 'PrismaClientInitializationError') return true;
  if ('code' in error && typeof error.code === 'string' && OUT_OF_REACH.test(error.code)) return true;
  const { code, kind } = causeOf(error);
  if (kind === 'postgres') return POSTGRES_OUT_OF_REACH.test(code);
  return kind === 'sqlite' && SQLITE_OUT_OF_REACH.has(Number(code) % 256);
}

/** Else it is the driver's, or of the app's own code around its client, and Prisma has not looked at it. */
export const isOfPrisma = (error: unknown): boolean => error instanceof Error && error.name.startsWith('PrismaClient');

/** As Node and the driver of PostgreSQL say that a connection is gone: in the middle of a statement they know no code of the database's. */
const isOfConnection = (error: Error): boolean =>
  ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) ||
  /^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/.test(
    error.message,
  );

/** What the database itself has said, where Prisma passes it on. */
function causeOf(error: Error): { readonly code: string; readonly kind: string } {
  const at = (value: unknown, name: string): unknown => Reflect.get(Object(value), name);
  const cause = at(at(at(error, 'meta'), 'driverAdapterError'), 'cause');
  return { code: String(at(cause, 'originalCode')), kind: String(at(cause, 'kind')) };
}

/** Whether Prisma itself finds that the model does not allow what was asked. */
export const isUnusable = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PrismaClientValidationError';

/** What has gone wrong: Prisma says before it where, with the text of the program. */
export function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
