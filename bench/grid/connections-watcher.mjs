// Somebody who looks on: a hundred live queries, of one list each, and a live search where it is wanted. Arguments: the server's address, and whether there is a search.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { textOf } from '../search/workload.mjs';
import { LISTS, RECORDS } from './connections-records.mjs';

const [serverUrl, isSearched] = process.argv.slice(2);
const client = new TopGunClient({ serverUrl });
await client.waitForState('live', 120_000);
const heard = { queries: 0, searches: 0 };
for (let list = 0; list < LISTS; list += 1) {
  const query = { where: { list: `l${list}` }, sort: { n: 'desc' }, limit: 20 };
  client.query('records', query).subscribe(() => (heard.queries += 1));
}
if (isSearched === 'true') {
  const search = client.searchSubscribe('records', textOf(5, 2), { fields: ['text'], limit: 20 });
  search.subscribe(() => (heard.searches += 1));
}

answerParent(
  {
    heard: () => heard,
    /** Whether a client that comes anew is given all that was acked. */
    async check(acked) {
      const other = new TopGunClient({ serverUrl });
      const rows = await other.queryOnce('records', { limit: RECORDS }, { timeoutMs: 60_000 });
      await other.close();
      const found = new Map(rows.map((row) => [row._key, row]));
      for (const [key, fields] of acked) {
        for (const [name, value] of Object.entries(fields)) {
          if (found.get(key)?.[name] !== value) throw new Error(`${key}.${name} is not what was acked`);
        }
      }
      return acked.length;
    },
  },
  () => client.close(),
);
