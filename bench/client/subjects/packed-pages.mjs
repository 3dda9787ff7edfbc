// The floor of a durable bulk write: all records in a few rows of JSON, put in one strict transaction.

import { openDatabase, putAll, resultOf } from './indexed-db.mjs';

const PAGE = 512;

/** @type {import('../subject.mjs').Subject['open']} */
export async function open() {
  const database = await openDatabase('pages', (created) => {
    created.createObjectStore('pages', { autoIncrement: true });
  });
  return {
    async write(records) {
      const pages = [];
      for (let i = 0; i < records.length; i += PAGE) pages.push(JSON.stringify(records.slice(i, i + PAGE)));
      await putAll(database, 'pages', pages);
    },
    async all() {
      const pages = await resultOf(database.transaction('pages').objectStore('pages').getAll());
      return pages.flatMap((page) => JSON.parse(page));
    },
    close: () => database.close(),
  };
}
