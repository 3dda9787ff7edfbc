// What it costs to make something durable, and nothing else: shares no code with TopGun.

import Database from 'libsql';

/**
 * One fenced row per commit: it is written only while the owner's epoch is ours.
 *
 * @param {string} path the SQLite file
 */
export function openBareLedger(path) {
  const database = new Database(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE owner (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL);
    CREATE TABLE segment (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    INSERT INTO owner VALUES (1, 1);`);
  const append = database.prepare('INSERT INTO segment (bytes) SELECT ? FROM owner WHERE id = 1 AND epoch = ?');
  return {
    append(bytes) {
      if (append.run(bytes, 1).changes !== 1) throw new Error('fenced');
    },
    count: () => database.prepare('SELECT count(*) AS count FROM segment').get().count,
  };
}
