import type { DatabaseError } from '../database-error.js';
import type { PostgresPlace } from './postgres-url.js';

/** The five characters by which PostgreSQL names an error, or `null` when it was not PostgreSQL that spoke. */
export function sqlStateOf(error: unknown): string | null {
  const code = propertyOf(error, 'code');
  return propertyOf(error, 'severity') !== null && code !== null && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** True when the statement was refused, and the connection goes on: the transaction it belonged to is rolled back. */
export function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error);
  // FATAL and PANIC end the connection, at any moment of a commit. In another language than English the severity says
  // nothing here: then nothing is known, which is always safe.
  if (state === null || propertyOf(error, 'severity') !== 'ERROR') return false;
  // Of these not even an ERROR says that nothing was done: connection, completion unknown, shutdown, I/O, internal.
  return !/^(08|57P|58|XX)/.test(state) && state !== '40003';
}

export const reasonOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  // Several addresses that were tried have one error each, and no sentence in common.
  return text === '' ? (propertyOf(error, 'code') ?? 'no reason was given') : text.replaceAll(/\s+/g, ' ').trim();
};

/** What keeps a PostgreSQL database from being opened, in a sentence. */
export function toPostgresError(error: unknown, place: PostgresPlace): DatabaseError {
  const { name, host, port, database } = place;
  const reason = reasonOf(error);
  const state = sqlStateOf(error);
  const user = place.user === undefined ? 'the user' : `user ${place.user}`;
  switch (state) {
    case '28P01':
    case '28000':
      return { code: 'denied', message: `PostgreSQL on ${host}:${port} does not let ${user} in: ${reason}.` };
    case '3D000':
      return {
        code: 'no-database',
        message: `PostgreSQL on ${host}:${port} has no database ${database}; create it first.`,
      };
    case '42501':
      return { code: 'not-writable', message: `${name} cannot be used: ${user} lacks a right there (${reason}).` };
    case '25006':
      return { code: 'not-writable', message: `${name} takes no writes: it is a standby, or set to read only.` };
    case '55P03':
      return { code: 'busy', message: `${name} is locked by another process that migrates it.` };
    case '53300':
      return { code: 'busy', message: `PostgreSQL on ${host}:${port} has no connection left (${reason}).` };
    case '57P03':
      return { code: 'unreachable', message: `PostgreSQL on ${host}:${port} is not ready yet (${reason}).` };
    case null:
      return withoutState(error, place, reason);
    default:
      return { code: 'failed', message: `${name} cannot be opened: ${reason} (${state}).` };
  }
}

function withoutState(error: unknown, { host, port, name }: PostgresPlace, reason: string): DatabaseError {
  if (/client password must be a string|password must be a non-empty/i.test(reason)) {
    return { code: 'denied', message: `PostgreSQL on ${host}:${port} asks for a password, and the URL has none.` };
  }
  const code = propertyOf(error, 'code');
  if (code !== null || /timeout|terminated/i.test(reason)) {
    return { code: 'unreachable', message: `No PostgreSQL answers on ${host}:${port} (${code ?? reason}).` };
  }
  return { code: 'failed', message: `${name} cannot be opened: ${reason}.` };
}

function propertyOf(error: unknown, property: 'code' | 'severity'): string | null {
  const value: unknown = error instanceof Error && property in error ? Reflect.get(error, property) : null;
  return typeof value === 'string' ? value : null;
}
