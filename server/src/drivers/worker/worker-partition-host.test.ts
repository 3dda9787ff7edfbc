import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DEFAULT_LIMITS } from '@topgun/core/protocol';
import { toServerConfig } from '../../config.js';
import { openHost } from '../../open-host.js';
import { openWorkerHost, openWorkerHosts } from '../../open-worker-host.js';
import { NO_AUDIT } from '../../ports/audit-log.js';
import { partitionHostContract, type HostPlace, type HostUnderTest } from '../../ports/partition-host.contract.js';
import { createRecordedLog } from '../../testing/recorded-log.js';

function placeOf(open: (database: string) => Promise<HostUnderTest>): () => Promise<HostPlace> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'topgun-host-'));
    return {
      open: () => open(`file:${join(folder, 'topgun.db')}`),
      destroy: async () => rmSync(folder, { recursive: true, force: true }),
    };
  };
}

const watch = {
  log: createRecordedLog().log,
  audit: NO_AUDIT,
  onTrouble: () => undefined,
  onRowsBehind: () => undefined,
};

partitionHostContract(
  'in-process, SQLite',
  placeOf((database) => openHost(toServerConfig({ database }), watch)),
);
partitionHostContract(
  'worker thread, SQLite',
  placeOf((database) => openWorkerHost({ database, definitions: null }, watch)),
);
partitionHostContract(
  'two worker threads, SQLite',
  placeOf((database) =>
    openWorkerHosts(
      { database, definitions: null },
      {
        threads: 2,
        database,
        limits: DEFAULT_LIMITS,
        rules: undefined,
        search: {},
        journal: undefined,
        quotas: new Map(),
      },
      watch,
    ),
  ),
  { several: true },
);
