import { describe, expect, it } from 'vitest';

import { parseDatabaseUrl } from './database-url.js';

describe('a database URL', () => {
  it.each([
    ['file:./topgun.db', '/srv/app/topgun.db'],
    ['file:topgun.db', '/srv/app/topgun.db'],
    ['file:../data/a b%20c.db', '/srv/data/a b%20c.db'],
    ['file:/var/lib/topgun.db', '/var/lib/topgun.db'],
    ['file:///var/lib/top%20gun.db', '/var/lib/top gun.db'],
  ])('%s names %s', (url, path) => {
    expect(parseDatabaseUrl(url, '/srv/app')).toEqual({ ok: true, value: path });
  });

  it.each([
    ['mysql://topgun:secret@host/db', 'neither a SQLite file nor a PostgreSQL'],
    ['mysql://topgun:a/secret@b@host/db', 'neither a SQLite file nor a PostgreSQL'],
    ['./topgun.db', 'neither a SQLite file'],
    ['', 'neither a SQLite file'],
    ['file:', 'names no file'],
    ['file::memory:', 'names no file'],
    ['file:./a.db?mode=ro', 'options'],
    ['file:///a.db?mode=ro', 'options'],
    ['file://elsewhere/a.db', 'not name a file on this machine'],
    ['file:a\0b', 'options'],
  ])('%j is refused with a sentence', (url, why) => {
    const parsed = parseDatabaseUrl(url, '/srv/app');
    expect(parsed).toEqual({
      ok: false,
      error: { code: 'unsupported-url', message: expect.stringContaining(why) },
    });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });
});
