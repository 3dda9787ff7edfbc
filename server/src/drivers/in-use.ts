import type { DatabaseError } from '../prisma/database-error.js';

/** What is said to whoever needs a database alone. */
export const inUse = (name: string): DatabaseError => ({
  code: 'busy',
  message: `${name} is in use: stop the server, and whatever else has it open, first.`,
});
