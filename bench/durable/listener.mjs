// Somebody who looks on: live queries and a live search over what is written. Arguments: the server's address.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';

const [serverUrl] = process.argv.slice(2);
const client = new TopGunClient({ serverUrl });
await client.waitForState('live', 120_000);
for (let list = 0; list < 20; list += 1) {
  client.query('records', { where: { list: `l${list}` }, sort: { n: 'desc' }, limit: 20 }).subscribe(() => {});
}

client.searchSubscribe('records', 'written', { fields: ['text'], limit: 20 }).subscribe(() => {});

answerParent({}, () => client.close());
