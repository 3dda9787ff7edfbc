import { stat } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TopGunError } from '@topgun/core/primitives';
import { systemClock, systemRandom, systemTimers } from './adapters/system-environment.js';
import { loadXxhash } from './adapters/xxhash.js';
import { toServerConfig, type ServerConfig, type ServerOptions } from './config.js';
import { createInProcessBus } from './drivers/in-process-bus.js';
import { createInProcessPartitionHost } from './drivers/in-process-partition-host.js';
import { openSqliteStoreInWorker } from './drivers/sqlite-store-in-worker.js';
import type { SqliteStore } from './drivers/sqlite-store.js';
import { createHttpEndpoints } from './gateway/adapters/http-endpoints.js';
import { attachSocketIo, type SocketIoGateway } from './gateway/adapters/socket-io-gateway.js';
import { createGateway } from './gateway/gateway.js';
import { HOST_COMMANDS, HOST_EVENTS } from './ports/host-subjects.js';
import type { PartitionHost } from './ports/partition-host.js';
import { StartError } from './service.js';
import { createWriteBehind } from './services/persistence/write-behind.js';

/** Where a server listens. */
export interface ServerAddress {
  readonly port: number;
  /** As a browser on this machine would write it. */
  readonly url: string;
}

/** Why a server has stopped by itself. */
export type ServerHalt = 'fenced' | 'ledger-lost';

export interface TopGunServer {
  /** Starts listening; throws a `StartError` whose message is a sentence for people. */
  listen(): Promise<ServerAddress>;
  /** PI-10: admits nobody new, commits what was taken, writes behind, closes everything. Safe to call twice. */
  drain(): Promise<void>;
  /** `null` while it does not listen. */
  readonly address: ServerAddress | null;
  /** Tells why the server can serve no longer; nothing is acked any more. `drain` and end the process. */
  onHalt(listener: (why: ServerHalt) => void): void;
}

/** How long connections may take to close after everything has been told. */
const CLOSE_GRACE_MS = 1_000;

/** Puts a server together: opens the database and replays the ledger. Throws a `StartError` when it cannot. */
export async function createServer(options: ServerOptions = {}): Promise<TopGunServer> {
  const config = toServerConfig(options);
  await checkStaticFolder(config);
  const hash = await loadXxhash();
  const store = await openStore(config);
  const host = createInProcessPartitionHost({
    ledger: store.ledger,
    writeBehind: createWriteBehind({
      coldStore: store.coldStore,
      timers: systemTimers,
      onFailure: (failure) => config.logger.warn('the cold store could not be written', failure),
    }),
    hash,
    clock: systemClock,
    timers: systemTimers,
    log: config.logger,
    limits: config.limits,
  });
  const bus = createInProcessBus();
  const halts = new Set<(why: ServerHalt) => void>();
  let ready = false;

  host.onEvent((event) => {
    bus.publish(HOST_EVENTS, event);
    if (event.type !== 'fenced' && event.type !== 'ledger-lost') return;
    ready = false;
    for (const listener of halts) listener(event.type);
  });
  bus.subscribe(HOST_COMMANDS, (command) => host.send(command));
  const started = await startHost(host, store);
  const gateway = createGateway({
    bus,
    ...started,
    limits: config.limits,
    clock: systemClock,
    random: systemRandom,
    log: config.logger,
  });
  const http = createHttpServer(
    createHttpEndpoints({
      isReady: () => ready,
      ...(config.static === undefined ? {} : { staticFolder: config.static }),
    }),
  );
  const connections = trackConnections(http);
  let sockets: SocketIoGateway | null = null;
  let address: ServerAddress | null = null;
  let draining: Promise<void> | null = null;

  const drain = async (): Promise<void> => {
    ready = false;
    gateway.refuseNew();
    await host.drain();
    gateway.closeAll('shutting-down', 'This server is shutting down.');
    if (sockets !== null) await closeConnections(sockets, connections);
    await host.stop();
    await store.close();
    address = null;
  };

  return {
    async listen() {
      sockets = attachSocketIo({ gateway, http, messageBytes: config.limits.messageBytes });
      address = await listenOn(http, config);
      ready = true;
      config.logger.info('listening', { ...address });
      return address;
    },
    drain: () => (draining ??= drain()),
    get address() {
      return address;
    },
    onHalt: (listener) => void halts.add(listener),
  };
}

async function openStore(config: ServerConfig): Promise<SqliteStore> {
  const opened = await openSqliteStoreInWorker(config.database);
  if (!opened.ok) throw new StartError('database', opened.error.message);
  return opened.value;
}

async function startHost(
  host: PartitionHost,
  store: SqliteStore,
): Promise<{ readonly lineage: string; readonly position: number }> {
  try {
    return await host.start();
  } catch (error) {
    await store.close();
    if (error instanceof TopGunError) throw new StartError('ledger-damaged', error.message, { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError('database', `The database could not be read: ${reason}.`, { cause: error });
  }
}

async function checkStaticFolder({ static: folder }: ServerConfig): Promise<void> {
  if (folder === undefined) return;
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() !== true) {
    throw new StartError('static-folder', `The folder ${folder} with the files to serve does not exist.`);
  }
}

function listenOn(http: HttpServer, { port, host }: ServerConfig): Promise<ServerAddress> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const at = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
      reject(
        error.code === 'EADDRINUSE'
          ? new StartError(
              'port-taken',
              `Something else listens on ${at} already; stop it or choose another with --port.`,
            )
          : new StartError('cannot-listen', `The server cannot listen on ${at}: ${error.message}.`),
      );
    };
    http.once('error', refused);
    http.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      http.off('error', refused);
      const bound = (http.address() as AddressInfo).port;
      resolve({ port: bound, url: `http://${urlHost(host)}:${bound}` });
    });
  });
}

function urlHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function trackConnections(http: HttpServer): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  http.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

/** Clients get a moment to take their last messages; one that is gone without a word is not waited for. */
async function closeConnections(sockets: SocketIoGateway, connections: ReadonlySet<Socket>): Promise<void> {
  const cancel = systemTimers.after(CLOSE_GRACE_MS, () => {
    for (const socket of connections) socket.destroy();
  });
  await sockets.close();
  cancel();
}
