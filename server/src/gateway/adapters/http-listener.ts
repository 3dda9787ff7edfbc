import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Timers } from '../../ports/environment.js';
import type { Gateway } from '../gateway.js';
import { createHttpEndpoints } from './http-endpoints.js';
import { attachSocketIo, type SocketIoGateway } from './socket-io-gateway.js';

export interface HttpListenerOptions {
  readonly gateway: Gateway;
  readonly port: number;
  /** `undefined`: all addresses of this machine. */
  readonly host: string | undefined;
  readonly staticFolder: string | undefined;
  readonly messageBytes: number;
  readonly timers: Timers;
}

export interface HttpListener {
  /** Rejects with Node's own error when it cannot listen. */
  listen(): Promise<{ readonly port: number; readonly url: string }>;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** How long connections may take to close after everything has been told. */
const CLOSE_GRACE_MS = 1_000;

/** The server's one port: clients, health and static files. */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { gateway, host, port, staticFolder, timers } = options;
  let sockets: SocketIoGateway | null = null;
  const isReady = (): boolean => sockets !== null && gateway.isOpen;
  const http = createServer(createHttpEndpoints({ isReady, ...(staticFolder === undefined ? {} : { staticFolder }) }));
  const connections = trackConnections(http);

  return {
    async listen() {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
          http.off('error', reject);
          resolve();
        });
      });
      sockets = attachSocketIo({ gateway, http, messageBytes: options.messageBytes });
      const bound = (http.address() as AddressInfo).port;
      return { port: bound, url: `http://${urlHost(host)}:${bound}` };
    },
    async close() {
      if (sockets === null) return;
      // Clients get a moment to take their last messages; one that is gone without a word is not waited for.
      const cancel = timers.after(CLOSE_GRACE_MS, () => {
        for (const socket of connections) socket.destroy();
      });
      await sockets.close();
      cancel();
    },
  };
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
