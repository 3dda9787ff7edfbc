import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../../../prisma/database-error.js';
import type { DurableStore } from '../../durable-store.js';

export interface SqlitePlace {
  readonly file: string;
  open(): Promise<DurableStore>;
  destroy(): Promise<void>;
}

/** A folder of its own for one database file, opened as often as asked by `openStore`. */
export async function createSqlitePlace(
  openStore: (url: string) => Promise<Result<DurableStore, DatabaseError>>,
): Promise<SqlitePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'topgun-sqlite-'));
  const file = join(folder, 'test.db');
  const stores: DurableStore[] = [];
  return {
    file,
    async open() {
      const opened = await openStore(`file:${file}`);
      if (!opened.ok) throw new Error(opened.error.message);
      stores.push(opened.value);
      return opened.value;
    },
    async destroy() {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
