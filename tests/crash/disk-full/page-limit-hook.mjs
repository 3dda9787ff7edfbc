// Limits the pages of the connection that writes log, rows and snapshots.

const LIMITED = `
import { readFileSync } from 'node:fs';
function limited(database) {
  const look = () => database.exec('PRAGMA max_page_count = ' + Number(readFileSync(process.env.TOPGUN_TEST_PAGES, 'utf8')));
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    const statement = prepare(sql);
    for (const method of ['run', 'all']) {
      const call = statement[method].bind(statement);
      statement[method] = (...args) => (look(), call(...args));
    }
    return statement;
  };
  return database;
}
`;

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith('/drivers/sqlite/sqlite-append.js')) return loaded;
  const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source ?? '').toString();
  return { ...loaded, source: source.replace('return database;', 'return limited(database);') + LIMITED };
}
