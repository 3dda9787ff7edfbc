import { describe, expect, it } from 'vitest';

import { isPostgresUrl, parsePostgresUrl } from './postgres-url.js';

describe('a PostgreSQL URL', () => {
  it('names host, port, user, password, database and schema', () => {
    const parsed = parsePostgresUrl(
      'postgresql://me%40home:p%23%2F%40@db.example:6000/my%20app?schema=topgun&sslmode=require',
    );
    expect(parsed).toEqual({
      ok: true,
      value: {
        host: 'db.example',
        port: 6000,
        user: 'me@home',
        password: 'p#/@',
        database: 'my app',
        schema: 'topgun',
        encryption: 'require',
        rootCertificate: undefined,
        name: 'PostgreSQL database my app on db.example:6000 (schema topgun)',
      },
    });
  });

  it('leaves to the driver what it does not say', () => {
    expect(parsePostgresUrl('postgres://localhost/app')).toMatchObject({
      ok: true,
      value: { port: 5432, user: undefined, password: undefined, schema: 'public', encryption: 'disable' },
    });
    expect(parsePostgresUrl('postgresql:///app?host=/var/run/postgresql')).toMatchObject({
      ok: true,
      value: { host: '/var/run/postgresql' },
    });
    expect(parsePostgresUrl('postgresql://[::1]:5433/app')).toMatchObject({
      ok: true,
      value: { host: '::1', port: 5433 },
    });
  });

  it('is told by its scheme', () => {
    expect(['postgresql://h/d', 'POSTGRES://h/d', 'postgresql:h'].map(isPostgresUrl)).toEqual([true, true, true]);
    expect(['file:./postgresql.db', 'postgres.db', 'mysql://h/d'].map(isPostgresUrl)).toEqual([false, false, false]);
  });

  it.each([
    ['postgresql:me:s3cret@host/db', 'followed by //'],
    ['postgresql://me:s3cret#x@host/db', 'not a URL'],
    ['postgresql://me:12#s3cret@host/db', 'holds a #'],
    ['postgresql://me:s3cret%zz@host/db', 'hexadecimal'],
    ['postgresql://me:s3cret@host:99999/db', 'not a URL'],
    ['postgresql://me:s3cret@host', 'names no database'],
    ['postgresql://me:s3cret@host/', 'names no database'],
    ['postgresql://me:s3cret@host/a/b', 'names no database'],
    ['postgresql:///db', 'names no host'],
    ['postgresql://host/db?password=s3cret', 'option "password" is not known'],
    ['postgresql://host/db?sslmode=prefer', 'sslmode is one of disable, require, verify-full'],
    ['postgresql://host/db?schema=', 'schema is a name'],
    [`postgresql://host/db?schema=${'é'.repeat(32)}`, 'schema is a name'],
    ['postgresql://host/db?schema=a&schema=b', 'is there twice'],
  ])('%s is refused with a sentence that keeps the password', (url, why) => {
    const parsed = parsePostgresUrl(url);
    expect(parsed).toEqual({ ok: false, error: { code: 'unsupported-url', message: expect.stringContaining(why) } });
    expect(JSON.stringify(parsed)).not.toContain('s3cret');
  });
});
