import { describe, expect, it } from 'vitest';

import { sqliteErrorCode } from '../../prisma/sqlite-error-code.js';
import { sqliteTroubleOf } from './sqlite-trouble.js';

const said = (code: string): Error => Object.assign(new Error('…'), { code });

describe('what SQLite says of its storage', () => {
  it.each([
    ['SQLITE_FULL', 'full'],
    ['SQLITE_BUSY', 'locked'],
    ['SQLITE_BUSY_SNAPSHOT', 'locked'],
    ['SQLITE_READONLY', 'read-only'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_IOERR_WRITE', 'failing'],
    ['SQLITE_CANTOPEN', 'failing'],
    ['SQLITE_CORRUPT', null],
    ['SQLITE_NOTADB', null],
    ['SQLITE_TOOBIG', null],
    ['SQLITE_CONSTRAINT_PRIMARYKEY', null],
    ['ENOSPC', null],
  ])('PI-23: %s is %s', (code, trouble) => {
    expect(sqliteTroubleOf(said(code), () => true)).toBe(trouble);
  });

  it('PI-23: an I/O error is told from a file that may not be written any more', () => {
    expect(sqliteTroubleOf(said('SQLITE_IOERR_WRITE'), () => false)).toBe('read-only');
    expect(sqliteTroubleOf(said('SQLITE_FULL'), () => false)).toBe('full');
  });

  it('is found behind what wraps it, and in nothing else', () => {
    const wrapped = new Error('Prisma', { cause: new Error('adapter', { cause: said('SQLITE_IOERR_FSYNC') }) });
    expect(sqliteErrorCode(wrapped)).toBe('SQLITE_IOERR');
    for (const other of [new Error('…'), said('P2010'), 'SQLITE_FULL', null]) expect(sqliteErrorCode(other)).toBe(null);
  });
});
