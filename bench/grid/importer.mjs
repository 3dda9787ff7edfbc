// One client that imports: it writes as fast as the server takes it. Argument: the server's address.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';

const [serverUrl] = process.argv.slice(2);
const client = new TopGunClient({ serverUrl });
await client.waitForState('live', 120_000);

/** More than a connection may have under way, so that the next are there when there is room; less than memory would notice. */
const PENDING = 4_096;

async function write(map, n) {
  const result = await client.getMap(map).set(`k${n}`, {
    text: `what is imported as number ${n}`,
    n,
    done: n % 2 === 0,
    list: `l${n % 50}`,
    at: 1_700_000_000_000 + n,
  }).acked;
  if (!result.ok) throw new Error(`write ${n} was refused: ${JSON.stringify(result)}`);
}

answerParent(
  {
    /** So many records into an empty map, until the last is durable; in records a second. */
    async import(map, records) {
      const startedAt = performance.now();
      let next = 0;
      const lane = async () => {
        while (next < records) await write(map, (next += 1));
      };
      await Promise.all(Array.from({ length: PENDING }, lane));
      return (records / (performance.now() - startedAt)) * 1_000;
    },
  },
  () => client.close(),
);
