import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Timers } from '../../ports/environment.js';
import type { AllowsOrigin } from '../allowed-origins.js';
import type { Gateway } from '../gateway.js';
import { createHttpEndpoints, type HttpEndpointsOptions, type MetricsEndpoint } from './http-endpoints.js';
import { attachSocketIo, type LineTimes, type SocketIoGateway } from './socket-io-gateway.js';

export interface HttpListenerOptions {
  readonly port: number;
  /** `undefined`: all addresses of this machine. */
  readonly host: string | undefined;
  readonly staticFolder: string | undefined;
  readonly timers: Timers;
  /** As `SocketIoOptions` have it. */
  readonly allowsOrigin?: AllowsOrigin;
  readonly proxies?: number;
  /** How long a request may take; what Node takes for too long where it is left out is a minute and five. */
  readonly requestTimes?: RequestTimes;
  readonly lineTimes?: LineTimes;
}

export interface RequestTimes {
  /** Until its headers are here. */
  readonly headersMs: number;
  /** Until all of it is here. */
  readonly requestMs: number;
  /** How often that is looked at. */
  readonly checkMs: number;
}

/** AB-6: whoever sends a request byte by byte holds a line, and nothing else, for so long. */
export const REQUEST_TIMES: RequestTimes = { headersMs: 10_000, requestMs: 60_000, checkMs: 5_000 };

/** What is said at `/health/ready`. */
export type Health = Required<Pick<HttpEndpointsOptions, 'whyNotReady' | 'whatIsBehind'>>;

export interface HttpListener {
  /** Takes the port; clients are not admitted yet. Rejects with Node's own error when it cannot. */
  bind(): Promise<{ readonly port: number; readonly url: string }>;
  /**
   * From now on clients may connect. `health`: what else than the gateway is to be said at `/health/ready`; `metrics`: what answers at `/metrics`.
   */
  admit(gateway: Gateway, messageBytes: number, health?: Partial<Health>, metrics?: MetricsEndpoint | null): void;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** How long connections may take to close after everything has been told. */
const CLOSE_GRACE_MS = 1_000;

/** The server's one port: clients, health and static files. */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { host, port, staticFolder, timers, requestTimes = REQUEST_TIMES } = options;
  let admitting: Gateway | null = null;
  let sockets: SocketIoGateway | null = null;
  let measured: MetricsEndpoint | null = null;
  let health: Partial<Health> = {};
  const whyNotReady = (): string | null =>
    admitting?.isOpen === true ? (health.whyNotReady?.() ?? null) : 'it starts or shuts down';
  const http = createServer(
    {
      headersTimeout: requestTimes.headersMs,
      requestTimeout: requestTimes.requestMs,
      connectionsCheckingInterval: requestTimes.checkMs,
    },
    createHttpEndpoints({
      whyNotReady,
      whatIsBehind: () => health.whatIsBehind?.() ?? null,
      metrics: () => measured,
      ...(staticFolder === undefined ? {} : { staticFolder }),
    }),
  );
  const connections = trackConnections(http);

  return {
    async bind() {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
          http.off('error', reject);
          resolve();
        });
      });
      const bound = (http.address() as AddressInfo).port;
      return { port: bound, url: `http://${urlHost(host)}:${bound}` };
    },
    admit(gateway, messageBytes, also = {}, metrics = null) {
      admitting = gateway;
      measured = metrics;
      health = also;
      sockets = attachSocketIo({ ...options, gateway, http, messageBytes });
    },
    async close() {
      if (!http.listening) return;
      // Clients get a moment to take their last messages; one that is gone without a word is not waited for.
      const cancel = timers.after(CLOSE_GRACE_MS, () => {
        for (const socket of connections) socket.destroy();
      });
      await (sockets === null ? closed(http) : sockets.close());
      cancel();
    },
  };
}

const closed = (http: HttpServer): Promise<void> =>
  new Promise((resolve) => {
    http.close(() => resolve());
    http.closeIdleConnections();
  });

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
