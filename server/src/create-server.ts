import { stat } from 'node:fs/promises';
import { TopGunError } from '@topgun/core/primitives';
import { createJoseTokenVerifier } from './adapters/jose-token-verifier.js';
import { systemClock, systemRandom, systemTimers } from './adapters/system-environment.js';
import { loadXxhash } from './adapters/xxhash.js';
import { toServerConfig, type ServerConfig, type ServerOptions } from './config.js';
import { createFileIndexStore } from './drivers/file-index-store.js';
import { createInProcessBus } from './drivers/in-process-bus.js';
import { createInProcessPartitionHost } from './drivers/in-process-partition-host.js';
import { openPostgresStore } from './drivers/postgres/open-postgres-store.js';
import { openS3Store } from './drivers/s3/open-s3-store.js';
import { isS3Url } from './drivers/s3/s3-url.js';
import { openSqliteStoreInWorker } from './drivers/sqlite/sqlite-store-in-worker.js';
import type { DurableStore } from './drivers/durable-store.js';
import { StorageTroubleError, TROUBLE_TEXTS, type StorageTrouble } from './drivers/storage-trouble.js';
import { createAllowedOrigins } from './gateway/allowed-origins.js';
import { createAuditLog } from './gateway/audit-log.js';
import { createHttpListener, type HttpListener } from './gateway/adapters/http-listener.js';
import { ConnectionHooks } from './gateway/connection-hooks.js';
import { createGateway } from './gateway/gateway.js';
import { HOST_COMMANDS, HOST_EVENTS } from './ports/host-subjects.js';
import type { HostStarted, PartitionHost } from './ports/partition-host.js';
import type { TokenVerifier } from './ports/token-verifier.js';
import { isPostgresUrl } from './prisma/postgresql/postgres-url.js';
import { createService, type ServerAddress, type TopGunServer } from './service.js';
import { createWriteBehind } from './services/persistence/write-behind.js';
import { StartError } from './start-error.js';

/**
 * Puts a server together: takes the port, opens the database and replays the ledger. Throws a `StartError` when it cannot.
 * The port comes first: whoever claims the ledger ends the server that had it, so one started a second time by mistake
 * must have failed before.
 */
export async function createServer(options: ServerOptions = {}): Promise<TopGunServer> {
  const config = toServerConfig(options, process.env['NODE_ENV']);
  const verifier = config.auth === undefined ? undefined : createJoseTokenVerifier(config.auth, systemClock);
  checkRetention(config);
  await checkStaticFolder(config);
  const allowsOrigin = createAllowedOrigins(config.allowedOrigins);
  const listener = createHttpListener({
    allowsOrigin,
    proxies: config.trustedProxies,
    port: config.port,
    host: config.host,
    staticFolder: config.static,
    timers: systemTimers,
  });
  const address = await bind(listener, config);
  try {
    return await startBehind(listener, address, config, verifier);
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** The server behind a port that is taken. */
async function startBehind(
  listener: HttpListener,
  address: ServerAddress,
  config: ServerConfig,
  verifier: TokenVerifier | undefined,
): Promise<TopGunServer> {
  const { budgets, limits, logger } = config;
  const audit = createAuditLog(config.audit, systemClock);
  const hash = await loadXxhash();
  const store = await openStore(config);
  const host = createInProcessPartitionHost({
    ledger: store.ledger,
    snapshots: store.snapshots,
    writeBehind: createWriteBehind({
      coldStore: store.coldStore,
      timers: systemTimers,
      onFailure: (failure) => logger.warn('the cold store could not be written', failure),
    }),
    hash,
    clock: systemClock,
    random: systemRandom,
    timers: systemTimers,
    log: logger,
    limits,
    search: config.search,
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
  const started = await startHost(host, store);
  const bus = createInProcessBus();
  host.onEvent((event) => bus.publish(HOST_EVENTS, event));
  bus.subscribe(HOST_COMMANDS, (command) => host.send(command));
  const gateway = createGateway({
    bus,
    ...started,
    limits,
    clock: systemClock,
    random: systemRandom,
    timers: systemTimers,
    log: logger,
    ...(config.hooks?.onConnection === undefined && config.hooks?.onDisconnect === undefined
      ? {}
      : {
          connectionHooks: new ConnectionHooks({
            hooks: config.hooks,
            timers: systemTimers,
            random: systemRandom,
            log: logger,
          }),
        }),
    audit,
    allowsOrigin: createAllowedOrigins(config.allowedOrigins),
    ...(budgets === undefined ? {} : { budgets }),
    ...(verifier === undefined ? {} : { authentication: { verifier, required: config.auth?.required !== false } }),
  });
  return createService({
    host,
    gateway,
    store,
    log: logger,
    counts: audit.counts,
    listener: {
      listen() {
        listener.admit(gateway, limits.messageBytes, () => whyNotReady(store.trouble));
        return address;
      },
      close: () => listener.close(),
    },
  });
}

const whyNotReady = (trouble: StorageTrouble | null): string | null =>
  trouble === null ? null : `${TROUBLE_TEXTS[trouble]}; what is in memory is served, and writes wait`;

async function openStore({ database, logger }: ServerConfig): Promise<DurableStore> {
  const onTrouble = (trouble: StorageTrouble | null, reason: string): void => {
    if (trouble === null) logger.warn('the database takes writes again');
    else logger.error(`${TROUBLE_TEXTS[trouble]}; writes wait`, { reason });
  };
  const patience = { timers: systemTimers, onTrouble };
  const opened = isS3Url(database)
    ? await openS3Store(database, {
        timers: systemTimers,
        mint: () => systemRandom.id(16),
        onTrouble: (reason) => onTrouble(reason === null ? null : 'out-of-reach', reason ?? ''),
      })
    : isPostgresUrl(database)
      ? await openPostgresStore(database, patience)
      : await openSqliteStoreInWorker(database, patience);
  if (!opened.ok) throw new StartError('database', opened.error.message);
  return opened.value;
}

async function startHost(host: PartitionHost, store: DurableStore): Promise<HostStarted> {
  try {
    return await host.start();
  } catch (error) {
    await store.close();
    if (error instanceof TopGunError) throw new StartError('ledger-damaged', error.message, { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    const message =
      error instanceof StorageTroubleError
        ? `The server cannot start: ${TROUBLE_TEXTS[error.trouble]} (${reason}).`
        : `The database could not be read: ${reason}.`;
    throw new StartError('database', message, { cause: error });
  }
}

function checkRetention({ retention }: ServerConfig): void {
  for (const [name, millis] of Object.entries(retention)) {
    if (Number.isSafeInteger(millis) && millis >= 1) continue;
    throw new StartError('retention', `retention.${name} is a whole number of milliseconds, not ${millis}.`);
  }
}

async function checkStaticFolder({ static: folder }: ServerConfig): Promise<void> {
  if (folder === undefined) return;
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() !== true) {
    throw new StartError('static-folder', `The folder ${folder} with the files to serve does not exist.`);
  }
}

async function bind(listener: HttpListener, { port, host }: ServerConfig): Promise<ServerAddress> {
  try {
    return await listener.bind();
  } catch (error) {
    const at = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      const message = `Something else listens on ${at} already; stop it or choose another with --port.`;
      throw new StartError('port-taken', message, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError('cannot-listen', `The server cannot listen on ${at}: ${reason}.`, { cause: error });
  }
}
