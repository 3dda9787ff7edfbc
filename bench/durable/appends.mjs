// One append to the ledger by itself: the driver as the server uses it, beside the bare statement.

import { randomBytes } from 'node:crypto';
import { openPostgresStore } from '../../server/dist/drivers/postgres/open-postgres-store.js';
import { openSqliteStoreInWorker } from '../../server/dist/drivers/sqlite/sqlite-store-in-worker.js';
import { openBareLedger } from '../method/bare-ledger.mjs';
import { interleave } from '../method/interleave.mjs';
import { openBarePostgresLedger } from './bare-postgres-ledger.mjs';

const SIZES = [250, 12_000, 200_000];

/**
 * SQLite's log grows until it has been round once, after a thousand pages, and a sync after growing takes longer: whoever logs fewer pages for a segment would be measured
 * growing for longer. And code is slow as long as it has hardly run.
 */
async function warmUp(append, isQuick) {
  const bytes = new Uint8Array(randomBytes(SIZES[0]));
  for (let i = 0; i < (isQuick ? 10 : 1_500); i += 1) await append(bytes);
}

/** @param {{ driver: string, places: { place(): Promise<string> }, isQuick: boolean, report: any }} options */
export async function measureAppends({ driver, places, isQuick, report }) {
  const rounds = isQuick ? 2 : 40;
  const perTurn = isQuick ? 3 : 25;
  const opened =
    driver === 'sqlite'
      ? await openSqliteStoreInWorker(`file:${await places.place()}`)
      : await openPostgresStore(await places.place());
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  await store.ledger.claim();
  const bare =
    driver === 'sqlite' ? openBareLedger(await places.place()) : await openBarePostgresLedger(await places.place());
  await warmUp(bare.append, isQuick);
  await warmUp((bytes) => store.ledger.append(bytes), isQuick);
  for (const size of SIZES) {
    const subjects = [
      { subject: 'floor', append: bare.append, samples: [] },
      { subject: 'topgun', append: (bytes) => store.ledger.append(bytes), samples: [] },
    ];
    const bytes = new Uint8Array(randomBytes(size));
    await interleave(subjects, rounds + 1, async ({ subject, append, samples }, round) => {
      for (let i = 0; i < perTurn; i += 1) {
        const startedAt = performance.now();
        const result = await append(bytes);
        if (round > 0) samples.push(performance.now() - startedAt);
        if (subject === 'topgun' && result.type !== 'committed') throw new Error(`the append was ${result.type}`);
      }
    });
    for (const { subject, samples } of subjects) {
      report.add({ case: `durable/append-${driver}`, n: size, subject, metric: 'latency', unit: 'ms' }, samples);
    }
  }
  await store.close();
  await bare.close?.();
}
