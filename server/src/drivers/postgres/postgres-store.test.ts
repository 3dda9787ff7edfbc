import pg from 'pg';
import { describe } from 'vitest';

import { coldStoreContract, type ColdStorePlace } from '../../ports/cold-store.contract.js';
import { snapshotStoreContract } from '../../ports/snapshot-store.contract.js';
import { ledgerContract, type LedgerPlace } from '../../ports/ledger.contract.js';
import { testDatabase } from '../../testing/test-database.js';
import { damagedLedgerContract } from '../damaged-ledger.contract.js';
import { durableStoreContract, type DurableStorePlace } from '../durable-store.contract.js';
import type { DurableStore } from '../durable-store.js';
import { openPostgresStore } from './open-postgres-store.js';

const database = testDatabase();

async function createPlace(): Promise<DurableStorePlace> {
  const url = database?.place() ?? '';
  const stores: DurableStore[] = [];
  return {
    async open() {
      const opened = await openPostgresStore(url);
      if (!opened.ok) throw new Error(opened.error.message);
      stores.push(opened.value);
      return opened.value;
    },
    async sql(statement) {
      const client = new pg.Client({ connectionString: database!.url });
      await client.connect();
      await client.query(`SET search_path = ${new URL(url).searchParams.get('schema')}`);
      const { rows } = await client.query<Record<string, unknown>>(statement);
      await client.end();
      return rows;
    },
    textOf: (column, field) => `${column}::json ->> '${field}'`,
    async destroy() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

const ledgerPlace = async (): Promise<LedgerPlace> => {
  const place = await createPlace();
  return { open: async () => (await place.open()).ledger, destroy: place.destroy };
};
const coldStorePlace = async (): Promise<ColdStorePlace> => {
  const place = await createPlace();
  return { open: async () => (await place.open()).coldStore, destroy: place.destroy };
};

describe.skipIf(database === null)('on PostgreSQL', () => {
  ledgerContract('PostgreSQL', ledgerPlace, 4);
  coldStoreContract('PostgreSQL', coldStorePlace, 4);
  snapshotStoreContract('PostgreSQL', async () => {
    const place = await createPlace();
    return { open: () => place.open(), destroy: place.destroy };
  });
  durableStoreContract('PostgreSQL', createPlace);
  damagedLedgerContract('PostgreSQL', async () => {
    const place = await createPlace();
    return {
      open: async () => (await place.open()).ledger,
      async rewrite(position, bytes) {
        const hex = Buffer.from(bytes).toString('hex');
        await place.sql(`UPDATE ledger_segment SET bytes = '\\x${hex}' WHERE position = ${position}`);
      },
      destroy: place.destroy,
    };
  });
});
