import { stat } from 'node:fs/promises';
import { systemClock, systemRandom, systemTimers } from './adapters/system-environment.js';
import { LEAST_MEMORY, toServerConfig, type ServerConfig, type ServerOptions } from './config.js';
import { createInProcessBus } from './drivers/in-process-bus.js';
import { definitionsUrl, withDefinitions } from './definitions.js';
import { TROUBLE_TEXTS, type StorageTrouble } from './drivers/storage-trouble.js';
import { createAllowedOrigins } from './gateway/allowed-origins.js';
import { createAuditLog } from './gateway/audit-log.js';
import { createHttpListener, type HttpListener } from './gateway/adapters/http-listener.js';
import { ConnectionHooks } from './gateway/connection-hooks.js';
import { HOST_COMMANDS, HOST_EVENTS } from './ports/host-subjects.js';
import { openHost, type HostSettings, type ServedHost } from './open-host.js';
import type { AuditLog } from './ports/audit-log.js';
import type { TokenVerifier } from './ports/token-verifier.js';
import { createServerMetrics } from './server-metrics.js';
import { serveModels } from './serve-models.js';
import { createService, type ServerAddress, type TopGunServer } from './service.js';
import { StartError } from './start-error.js';

/**
 * Puts a server together: takes the port, opens the database and replays the ledger. Throws a `StartError` when it cannot.
 * The port comes first: whoever claims the ledger ends the server that had it, so one started a second time by mistake
 * must have failed before.
 */
export async function createServer(given: ServerOptions = {}): Promise<TopGunServer> {
  const options = await withDefinitions(given);
  const config = toServerConfig(options, process.env['NODE_ENV']);
  const verifier = await createVerifier(config);
  checkRetention(config);
  await checkStaticFolder(config);
  const allowsOrigin = createAllowedOrigins(config.allowedOrigins);
  const models = await serveModels(config);
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
    return await startBehind(listener, address, options, config, verifier, models);
  } catch (error) {
    await listener.close();
    throw error;
  }
}

type OpenedModels = Awaited<ReturnType<typeof serveModels>>;

/** The server behind a port that is taken. */
async function startBehind(
  listener: HttpListener,
  address: ServerAddress,
  options: ServerOptions,
  config: ServerConfig,
  verifier: TokenVerifier | undefined,
  models: OpenedModels,
): Promise<TopGunServer> {
  const { budgets, limits, logger } = config;
  const audit = createAuditLog(config.audit, systemClock);
  const [served, { createGateway }] = await Promise.all([
    serveData(options, config, audit, models),
    import('./gateway/gateway.js'),
  ]);
  const { host } = served;
  const bus = createInProcessBus();
  host.onEvent((event) => bus.publish(HOST_EVENTS, event));
  bus.subscribe(HOST_COMMANDS, (command) => host.send(command));
  const gateway = createGateway({
    bus,
    ...served.started,
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
  const metrics =
    config.metrics === undefined
      ? null
      : { ...config.metrics, read: await createServerMetrics({ audit, bus, gateway, served, tables: models.maps }) };
  return createService({
    host,
    gateway,
    store: served,
    log: logger,
    models: models.served,
    counts: audit.counts,
    listener: {
      listen() {
        const health = {
          whyNotReady: () => whyNotReady(served.trouble, gateway.isHostDown),
          whatIsBehind: () => whatIsBehind(served.areRowsBehind, models.maps.outOfReach.length > 0),
        };
        listener.admit(gateway, limits.messageBytes, health, metrics);
        return address;
      },
      close: () => listener.close(),
    },
  });
}

async function createVerifier({ auth }: ServerConfig): Promise<TokenVerifier | undefined> {
  if (auth === undefined) return undefined;
  const { createJoseTokenVerifier } = await import('./adapters/jose-token-verifier.js');
  return createJoseTokenVerifier(auth, systemClock);
}

function whyNotReady(trouble: StorageTrouble | null, isHostDown: boolean): string | null {
  if (isHostDown) return 'the part that holds the data begins again';
  return trouble === null ? null : `${TROUBLE_TEXTS[trouble]}; what is in memory is served, and writes wait`;
}

/** Of what nobody waits for who is served here: so the server stays ready. */
function whatIsBehind(areRows: boolean, areTables: boolean): string | null {
  const what = [
    ...(areTables ? ["a table of the app's is out of reach"] : []),
    ...(areRows ? ['the rows for other programs cannot be written'] : []),
  ];
  return what.length === 0 ? null : `${what.join(', and ')}; everything is served, and what is missing there waits`;
}

/** The host in this thread, or in one of its own. */
async function serveData(
  options: ServerOptions,
  config: ServerConfig,
  audit: AuditLog,
  { maps }: OpenedModels,
): Promise<ServedHost> {
  const log = config.logger;
  if (config.workers === 0)
    return openHost(config, { log, audit, onTrouble: () => undefined, onRowsBehind: () => undefined }, maps);
  const { database, limits, retention } = config;
  const definitions = options.definitions === undefined ? null : definitionsUrl(options.definitions);
  const { journal, memory, quotas, searchFolder } = options;
  const settings: HostSettings = {
    database,
    limits,
    retention,
    definitions,
    metrics: config.metrics !== undefined,
    ...(journal === undefined ? {} : { journal }),
    ...(memory === undefined ? {} : { memory }),
    ...(quotas === undefined ? {} : { quotas }),
    ...(searchFolder === undefined ? {} : { searchFolder }),
  };
  const { openWorkerHost, openWorkerHosts } = await import('./open-worker-host.js');
  const threads = config.workers;
  if (threads === 1) return openWorkerHost(settings, { log, audit });
  // Each has its share of the budget, and no index beside another's.
  const share = memory === undefined ? {} : { memory: Math.max(LEAST_MEMORY, Math.floor(memory / threads)) };
  return openWorkerHosts(
    { ...settings, ...share, searchFolder: false },
    {
      threads,
      database,
      limits,
      rules: config.rules,
      search: config.search,
      quotas: config.quotas,
      journal: config.journal === undefined ? undefined : { keepMs: retention.journalMs },
    },
    { log, audit },
  );
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
