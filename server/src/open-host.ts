import { TopGunError, type Result } from '@topgun/core/primitives';
import { systemClock, systemRandom, systemTimers } from './adapters/system-environment.js';
import { createUsearch } from './adapters/usearch-index.js';
import { loadXxhash } from './adapters/xxhash.js';
import type { ServerConfig, ServerOptions } from './config.js';
import type { MemberStores } from './drivers/composite/shared-stores.js';
import type { DurableStore } from './drivers/durable-store.js';
import { createFileIndexStore } from './drivers/file-index-store.js';
import { isS3Url } from './drivers/s3/s3-url.js';
import { openSqliteStoreInWorker } from './drivers/sqlite/sqlite-store-in-worker.js';
import { StorageTroubleError, TROUBLE_TEXTS, type StorageTrouble } from './drivers/storage-trouble.js';
import { watchColdStore } from './drivers/watched-cold-store.js';
import type { HostWatch, OpenedHost } from './drivers/worker/serve-host.js';
import type { Logger } from './ports/environment.js';
import type { HostGauges } from './ports/host-gauges.js';
import type { HostStarted, PartitionHost } from './ports/partition-host.js';
import { isPostgresUrl } from './prisma/postgresql/postgres-url.js';
import { MappedMaps } from './services/models/mapped-maps.js';
import { createWriteBehind } from './services/persistence/write-behind.js';
import { StartError } from './start-error.js';
import { seedOf } from './services/slab/half-sip-hash.js';

/** What a host's thread is started with: the options that are about data, and nothing that is code. */
export interface HostSettings extends Pick<
  ServerOptions,
  'database' | 'searchFolder' | 'journal' | 'limits' | 'retention' | 'metrics' | 'memory' | 'quotas'
> {
  /** The URL of the module with the rest; `null`: there is none. */
  readonly definitions: string | null;
  /** PI-51: which of several threads it is. Left out: it has all partitions. */
  readonly member?: { readonly index: number; readonly of: number };
}

/** PI-51: of a host that is one of several: what it has of the database, and which partitions. */
export interface HostShare {
  readonly stores: MemberStores;
  readonly owns: (partition: number) => boolean;
}

/** A host that has started, wherever it runs. */
export interface ServedHost extends OpenedHost {
  /** What it says of itself, where it runs in this thread. */
  gauges(): HostGauges | null;
  /** Commands on their way to its thread. */
  readonly underWay: number;
  /** Why its storage takes no writes; `null`: it does. */
  readonly trouble: StorageTrouble | null;
  /** The rows for other programs could not be written when that was tried last. */
  readonly areRowsBehind: boolean;
}

/**
 * Opens the database, and starts a host that owns all partitions in this thread. Throws a `StartError`. What the configuration says of gateways is
 * of no interest here, nor is its logger.
 */
export async function openHost(
  config: ServerConfig,
  { audit, log, onRowsBehind, onTrouble }: HostWatch,
  maps: MappedMaps = new MappedMaps(new Map()),
  share?: HostShare,
): Promise<ServedHost & { gauges(): HostGauges }> {
  // While the database is opened, the code of what reads it is loaded.
  const [store, { createInProcessPartitionHost }] = await Promise.all([
    share === undefined ? openStore(config.database, log, onTrouble) : storeOf(share.stores),
    import('./drivers/in-process-partition-host.js'),
  ]);
  let areRowsBehind = false;
  // Of several hosts it is watched where the database is.
  const coldStore =
    share === undefined
      ? watchColdStore(store.coldStore, (areBehind) => onRowsBehind((areRowsBehind = areBehind)))
      : store.coldStore;
  const host = createInProcessPartitionHost({
    ledger: store.ledger,
    snapshots: store.snapshots,
    ...(share === undefined ? {} : { owns: share.owns }),
    writeBehind: maps.writeBehind(
      createWriteBehind({
        coldStore: maps.coldStore(coldStore),
        timers: systemTimers,
        onFailure: (failure) => log.warn('the cold store could not be written', failure),
      }),
    ),
    models: maps,
    hash: await loadXxhash(),
    clock: systemClock,
    random: systemRandom,
    seed: seedOf(systemRandom.id(16)),
    timers: systemTimers,
    log,
    limits: config.limits,
    memory: config.memory,
    quotas: config.quotas,
    search: config.search,
    approximate: createUsearch(log),
    ...(config.searchFolder === null ? {} : { indexStore: createFileIndexStore(config.searchFolder) }),
    tombstonesMs: config.retention.tombstonesMs,
    ...(config.journal === undefined ? {} : { journal: { keeps: config.journal, keepMs: config.retention.journalMs } }),
    audit,
    ...(config.rules === undefined ? {} : { rules: config.rules }),
    resolvers: config.resolvers,
    ...(config.hooks === undefined ? {} : { hooks: config.hooks }),
    ...(config.procedures === undefined ? {} : { procedures: config.procedures }),
    ...(config.schema === undefined ? {} : { schema: config.schema }),
  });
  return {
    host,
    gauges: () => host.gauges(),
    // It is this thread that is measured, with the gateway's.
    measure: () => Promise.resolve([]),
    underWay: 0,
    started: await startHost(host, store),
    get trouble() {
      return store.trouble;
    },
    get areRowsBehind() {
      return areRowsBehind;
    },
    close: () => store.close(),
  };
}

/** What the thread of the gateway has open for several hosts: whether it takes writes is told there. */
const storeOf = ({ ledger, coldStore, snapshots }: MemberStores): DurableStore => {
  if (snapshots === undefined) throw new Error('a server takes snapshots');
  return { ledger, coldStore, snapshots, trouble: null, close: () => Promise.resolve() };
};

/** Throws a `StartError`. */
export async function openStore(
  database: string,
  log: Logger,
  onChange: (trouble: StorageTrouble | null) => void,
): Promise<DurableStore> {
  const onTrouble = (trouble: StorageTrouble | null, reason: string): void => {
    if (trouble === null) log.warn('the database takes writes again');
    else log.error(`${TROUBLE_TEXTS[trouble]}; writes wait`, { reason });
    onChange(trouble);
  };
  const opened = await openDatabase(database, onTrouble);
  if (!opened.ok) throw new StartError('database', opened.error.message);
  return opened.value;
}

/** Of the drivers only the one that is needed is loaded. */
async function openDatabase(
  database: string,
  onTrouble: (trouble: StorageTrouble | null, reason: string) => void,
): Promise<Result<DurableStore, { readonly message: string }>> {
  const patience = { timers: systemTimers, onTrouble };
  if (isS3Url(database)) {
    const { openS3Store } = await import('./drivers/s3/open-s3-store.js');
    return openS3Store(database, {
      timers: systemTimers,
      mint: () => systemRandom.id(16),
      onTrouble: (reason) => onTrouble(reason === null ? null : 'out-of-reach', reason ?? ''),
    });
  }
  if (isPostgresUrl(database)) {
    const { openPostgresStore } = await import('./drivers/postgres/open-postgres-store.js');
    return openPostgresStore(database, patience);
  }
  return openSqliteStoreInWorker(database, patience);
}

async function startHost(host: PartitionHost, store: DurableStore): Promise<HostStarted> {
  try {
    return await host.start();
  } catch (error) {
    await store.close();
    const { code, message } = startFault(error);
    throw new StartError(code, message, { cause: error });
  }
}

/** Why a host could not start, by what the database said. */
export function startFault(error: unknown): { readonly code: 'ledger-damaged' | 'database'; readonly message: string } {
  if (error instanceof TopGunError) return { code: 'ledger-damaged', message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  const message =
    error instanceof StorageTroubleError
      ? `The server cannot start: ${TROUBLE_TEXTS[error.trouble]} (${reason}).`
      : `The database could not be read: ${reason}.`;
  return { code: 'database', message };
}
