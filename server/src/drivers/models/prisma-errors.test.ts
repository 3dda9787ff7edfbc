import { expect, test } from 'vitest';
import { isOfPrisma, isOutOfReach } from './prisma-errors.js';

const known = (code: string, cause: object = {}): Error =>
  Object.assign(new Error(code), {
    name: 'PrismaClientKnownRequestError',
    code,
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  });
const postgres = (code: string): Error => known('P2039', { kind: 'postgres', originalCode: code, code });
const sqlite = (code: number): Error =>
  known('P2039', { kind: 'sqlite', originalCode: String(code), extendedCode: code });

test('MO-6, MO-8: a connection that was lost, and a database that takes nothing for now, are no fault of what was asked', () => {
  for (const error of [
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout'),
    new Error('timeout exceeded when trying to connect'),
    Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    Object.assign(new Error('no engine'), { name: 'PrismaClientInitializationError' }),
    known('P1001'),
    known('P1008'),
    known('P2021'),
    known('P2024'),
    known('P2034'),
    // A shutdown, a standby, no room, too many connections, a lock, a deadlock.
    ...['57P01', '25006', '53100', '53300', '55P03', '40P01', '08006'].map(postgres),
    // Busy, read-only, full; an I/O error as SQLite says which.
    ...[5, 8, 13, 10 + 256 * 4].map(sqlite),
  ]) {
    expect([error.message, isOutOfReach(error)]).toEqual([error.message, true]);
  }
});

test('MO-6: what the database says of what was asked is its fault, however often it is asked', () => {
  for (const error of [
    known('P2000', { kind: 'LengthMismatch', originalCode: '22001' }),
    known('P2002', { kind: 'UniqueConstraintViolation', originalCode: '23505' }),
    known('P2011'),
    ...['23514', '22021', '42501', '22P02'].map(postgres),
    // A constraint, a mismatch of types.
    ...[19, 20, 275].map(sqlite),
    Object.assign(new Error('Unknown argument'), { name: 'PrismaClientValidationError' }),
    // Of the app's own code around its client.
    new Error('not on Sundays'),
    new TypeError('x is not a function'),
  ]) {
    expect([error.message, isOutOfReach(error)]).toEqual([error.message, false]);
  }
  expect(isOutOfReach('a text')).toBe(false);
});

test('MO-6: whose error it is, is known by its name', () => {
  expect(isOfPrisma(known('P2002'))).toBe(true);
  expect(isOfPrisma(new Error('Connection terminated unexpectedly'))).toBe(false);
});
