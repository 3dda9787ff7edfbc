import { afterAll, describe } from 'vitest';

import { coldStoreContract, type ColdStorePlace } from '../../ports/cold-store.contract.js';
import { ledgerContract, type LedgerPlace } from '../../ports/ledger.contract.js';
import { createTestDatabase } from '../../testing/test-database.js';
import { openPostgresStore } from './open-postgres-store.js';
import type { DurableStore } from '../durable-store.js';

const database = await createTestDatabase();
afterAll(() => database?.drop());

interface StorePlace {
  open(): Promise<DurableStore>;
  destroy(): Promise<void>;
}

async function createPlace(): Promise<StorePlace> {
  const url = database?.place() ?? '';
  const stores: DurableStore[] = [];
  return {
    async open() {
      const opened = await openPostgresStore(url);
      if (!opened.ok) throw new Error(opened.error.message);
      stores.push(opened.value);
      return opened.value;
    },
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
});
