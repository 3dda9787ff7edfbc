// Clients that each write a batch, wait until all of it is durable, and write the next. Each has records of its own. Arguments: the server's address, how many all processes have, the first and the last
// of this one, and how many words a text has.

import { setTimeout as delay } from 'node:timers/promises';

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { seededRandom } from '../method/random.mjs';
import { textOf } from '../search/workload.mjs';
import { LISTS, RECORDS, keyOf } from './connections-records.mjs';

const [serverUrl = '', ...numbers] = process.argv.slice(2);
const [all, first, end, words] = numbers.map(Number);
const clients = Array.from({ length: end - first }, (_, i) => {
  const client = new TopGunClient({ serverUrl });
  return { client, map: client.getMap('records'), which: first + i, random: seededRandom(first + i), written: 0 };
});
await Promise.all(clients.map(({ client, map }) => Promise.all([client.waitForState('live', 120_000), map.loaded()])));
/** By key, what was acked last. */
const acked = new Map();

/** Each write says something new: a tenth in the text, the others in the number. */
function change(writer) {
  const { which, random } = writer;
  writer.written += 1;
  const key = keyOf(random(RECORDS / all) * all + which);
  const n = writer.written * all + which;
  const fields = random(10) === 0 ? { text: textOf(n, words) } : { n: random(1_000_000_000) };
  return { key, fields };
}

async function writeBatch({ client, map }, changes, how = 'patch') {
  const handles = client.batch(() => changes.map(({ key, fields }) => map[how](key, fields)));
  for (const handle of handles) {
    const result = await handle.acked;
    if (!result.ok) throw new Error(`a write was refused: ${JSON.stringify(result)}`);
  }
  for (const { key, fields } of changes) acked.set(key, { ...acked.get(key), ...fields });
}

async function fill(writer) {
  for (let from = writer.which; from < RECORDS; from += 16 * all) {
    const changes = [];
    for (let i = from; i < Math.min(RECORDS, from + 16 * all); i += all) {
      changes.push({
        key: keyOf(i),
        fields: { text: textOf(i, words), n: i, list: `l${i % LISTS}`, done: i % 2 === 0 },
      });
    }
    await writeBatch(writer, changes, 'set');
  }
}

answerParent(
  {
    fill: () => Promise.all(clients.map(fill)).then(() => true),
    /** For so many ms; ops a second up to the last ack, and each batch's time to its last ack in ms. */
    async run(size, ms) {
      const startedAt = performance.now();
      const waits = [];
      const lane = async (writer) => {
        for (let at = startedAt; at < startedAt + ms;) {
          await writeBatch(
            writer,
            Array.from({ length: size }, () => change(writer)),
          );
          const now = performance.now();
          waits.push(now - at);
          at = now;
        }
      };
      await Promise.all(clients.map(lane));
      return { opsPerS: (waits.length * size * 1_000) / (performance.now() - startedAt), waits };
    },
    /**
     * For so many ms each client begins a batch every `everyMs`, whether or not the one before is acked. Ops a second up to the last ack, and
     * each batch's time in ms from when it was due: one that begins late because the process is busy has waited already.
     */
    async pace(size, ms, everyMs) {
      const startedAt = performance.now();
      const waits = [];
      const lane = async (writer) => {
        const offset = (writer.which * everyMs) / all;
        const batches = [];
        for (let dueIn = offset; dueIn < ms; dueIn += everyMs) {
          await delay(Math.max(0, startedAt + dueIn - performance.now()));
          const changes = Array.from({ length: size }, () => change(writer));
          batches.push(writeBatch(writer, changes).then(() => waits.push(performance.now() - startedAt - dueIn)));
        }
        await Promise.all(batches);
      };
      await Promise.all(clients.map(lane));
      return { opsPerS: (waits.length * size * 1_000) / (performance.now() - startedAt), waits };
    },
    acked: () => [...acked],
  },
  () => Promise.all(clients.map(({ client }) => client.close())),
);
