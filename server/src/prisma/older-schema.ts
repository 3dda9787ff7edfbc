import type { DatabaseError } from './database-error.js';

/** Whoever only reads brings no database up to date. */
export const olderSchema = (name: string): DatabaseError => ({
  code: 'older-schema',
  message: `${name} is as an older version of TopGun left it; start this version's server on it once, which brings it up to date.`,
});
