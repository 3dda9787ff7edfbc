// A client that fills a map, and then reads and writes records of it at random: each read is of the server, and has to say what was written last.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { seededRandom } from '../method/random.mjs';

const open = async (serverUrl) => {
  const client = new TopGunClient({ serverUrl });
  await client.waitForState('live', 120_000);
  return client;
};
let [writer, reader] = [];
const random = seededRandom(7);
const NOTE = 'what a record of this size holds '.repeat(28);
/** By key, what was written last and acked. */
const written = new Map();

async function write(i) {
  const n = (written.get(`k${i}`) ?? 0) + 1;
  const result = await writer.getMap('tenfold').set(`k${i}`, { n, note: NOTE }).acked;
  if (!result.ok) throw new Error(`a write was refused: ${JSON.stringify(result)}`);
  written.set(`k${i}`, n);
}

async function read(i) {
  const key = `k${i}`;
  const startedAt = performance.now();
  const [row] = await reader.queryOnce('tenfold', { where: { _key: key } }, { timeoutMs: 30_000 });
  const ms = performance.now() - startedAt;
  if (row?.n !== written.get(key)) throw new Error(`${key} is ${row?.n}, and ${written.get(key)} was acked`);
  return ms;
}

const disconnect = () => Promise.all([writer?.close(), reader?.close()]);

answerParent(
  {
    async connect(url) {
      [writer, reader] = [await open(url), await open(url)];
    },
    disconnect,
    /** So many writes wait for their acks at a time. */
    async fill(records, lanes) {
      let next = 0;
      const lane = async () => {
        while (next < records) await write(next++);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
    },
    /** So many a second, every fourth a write, the next when the one before is answered; ms of each read. */
    async use(records, ms, perSecond) {
      const reads = [];
      const endsAt = performance.now() + ms;
      for (let n = 0, due = performance.now(); performance.now() < endsAt; n += 1, due += 1_000 / perSecond) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
        const i = random(records);
        if (n % 4 === 3) await write(i);
        else reads.push(await read(i));
      }
      return reads;
    },
    /** Every `step`th record from the `first` on is what was acked. */
    async check(records, step, first) {
      for (let i = first; i < records; i += step) await read(i);
    },
  },
  disconnect,
);
