/** Codes that say nothing of what was asked: no connection, no room, too slow, taken by another, or no such table at the moment. */
const OUT_OF_REACH = /^P(1\d{3}|2021|2022|2024|2028|2034|2037)$/;

/** Whether the same may well be taken when it is asked again. */
export function isOutOfReach(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && OUT_OF_REACH.test(error.code);
}

/** Whether Prisma itself finds that the model does not allow what was asked. */
export const isUnusable = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PrismaClientValidationError';

/** What has gone wrong: Prisma says before it where, with the text of the program. */
export function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
