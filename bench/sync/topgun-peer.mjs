// A TopGun client in Node, with storage in memory. Arguments: the server's address.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { keyOf, RECORDS, recordOf, sharedNow } from './workload.mjs';
import { createListener } from './listener.mjs';
import { inTurns } from './turns.mjs';

const [serverUrl] = process.argv.slice(2);
const client = new TopGunClient({ serverUrl });
await client.waitForState('live', 20_000);
const items = client.getMap('items');
const listener = createListener();
let last = null;
let handles = [];

answerParent(
  {
    async fill() {
      for (let i = 0; i < RECORDS; i += 1) last = items.set(keyOf(i), recordOf(i, 0));
      await last.acked;
    },
    async listen() {
      items.subscribe((changes) => {
        const now = sharedNow();
        for (const { after } of changes) listener.heard(after.n, now - after.sentAt);
      });
      await items.settled();
    },
    ...listener.answers,
    /** Writes one record. */
    write(i) {
      last = items.set(keyOf(i), recordOf(i, sharedNow()));
    },
    /** Writes many, as fast as it can. Resolves to the moment of the first. */
    async burst(from, count) {
      const startedAt = sharedNow();
      handles = [];
      await inTurns(count, (i) => handles.push(items.set(keyOf(from + i), recordOf(from + i, startedAt))));
      return startedAt;
    },
    /** Whether the server has taken all of the last burst. */
    async verdicts() {
      const counts = {};
      for (const handle of handles) {
        const result = await handle.acked;
        const name = result.ok ? result.outcome : 'rejected';
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    },
    /** Resolves when nothing is left to do. */
    settle: () => last?.acked.then(() => {}),
    value: (i) => items.get(keyOf(i))?.n,
  },
  () => client.close(),
);
