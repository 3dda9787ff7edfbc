// A process that appends as fast as it may and says every acked position. Killed by the test that started it.
import { openSqliteStoreInWorker } from '../../../../dist/drivers/sqlite/sqlite-store-in-worker.js';

const opened = await openSqliteStoreInWorker(process.argv[2]);
if (!opened.ok) throw new Error(opened.error.message);
const { ledger, coldStore } = opened.value;
const { epoch, position } = await ledger.claim();
process.stdout.write(`claimed ${epoch} ${position}\n`);
for (let n = position + 1; ; n++) {
  const row = { map: 'm', key: `k${n % 50}`, value: `${n}`, state: '[]', deleted: false, position: n };
  const cold = n % 7 === 0 ? coldStore.write([row], n) : null;
  const outcome = await ledger.append(new TextEncoder().encode(`${n} `.repeat(200)));
  if (outcome.type !== 'committed') throw new Error(JSON.stringify(outcome));
  process.stdout.write(`acked ${outcome.position}\n`);
  await cold;
}
