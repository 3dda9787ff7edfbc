import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { messageText, type Hello } from '@topgun/core/protocol';
import { Server } from 'socket.io';
import type { Identity } from '../../ports/identity.js';
import type { AllowsOrigin } from '../allowed-origins.js';
import type { ArrivedFrom, Caller } from '../caller.js';
import { clientAddress } from '../client-address.js';
import type { ClientLink, HelloRefusal } from '../client-link.js';
import type { Gateway } from '../gateway.js';
import type { Session } from '../session.js';
import { readEvent } from '../wire-text.js';
import { unreadPackets, RAW_EVENT } from './unread-packets.js';
import { createMessagePackets, type MessagePacket } from './message-packet.js';

export interface SocketIoOptions {
  readonly gateway: Gateway;
  readonly http: HttpServer;
  /** The largest message that is taken. Larger ones, up to four times that, are told so; beyond it the line is cut. */
  readonly messageBytes: number;
  /** Pages of which origins may read answers to requests. The gateway says itself whose clients it takes. */
  readonly allowsOrigin?: AllowsOrigin;
  /** Proxies that all connections come through. */
  readonly proxies?: number;
  readonly lineTimes?: LineTimes;
}

/** AB-6: how long a line may take. */
export interface LineTimes {
  /** To say who it is, and to become a WebSocket. */
  readonly helloMs: number;
  /** To close, once it is told to: whoever does not answer is cut off. */
  readonly closeMs: number;
}

/** AB-9: so long whoever sends without end may take to read why they are cut off. */
const DEAF_MS = 1_000;

const LINE_TIMES: LineTimes = { helloMs: 10_000, closeMs: 5_000 };

export interface SocketIoGateway {
  /** Ends the connections that are left, and the HTTP server with them. */
  close(): Promise<void>;
}

/** The only code that knows Socket.IO: it turns sockets into client links and packets into messages. */
export function attachSocketIo(options: SocketIoOptions): SocketIoGateway {
  const { allowsOrigin = () => true, gateway, http, messageBytes, proxies = 0, lineTimes = LINE_TIMES } = options;
  const { helloMs, closeMs } = lineTimes;
  const io = new Server<
    Record<string, never>,
    Record<string, never>,
    Record<string, never>,
    { hello: Hello; identity: Identity | null }
  >(http, {
    parser: unreadPackets,
    connectTimeout: helloMs,
    upgradeTimeout: helloMs,
    // An upgrade is no answer that a page reads: it would only be longer (SY-3).
    cors: ({ headers: { host, origin, upgrade } }, decide) =>
      decide(null, { origin: upgrade === undefined && allowsOrigin({ host, origin }) }),
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: messageBytes * 4,
    // AB-9: before there is a line at all.
    allowRequest: (request, decide) => decide(null, !gateway.turnsAway(comesFrom(request, proxies))),
  });

  const packets = createMessagePackets();
  const callers = new WeakMap<object, Caller>();
  const sessions = new WeakMap<object, Session>();
  io.engine.on('connection', (line: EngineSocket) => {
    const caller = gateway.arrive(comesFrom(line.request, proxies));
    callers.set(line, caller);
    line.on('close', () => {
      caller.left();
      setTimeout(() => line.transport.socket?.terminate(), closeMs).unref();
    });
    admitPackets(line, () => sessions.get(line)?.unreadable());
  });
  io.use((socket, next) => {
    const caller = callers.get(socket.conn);
    const admitted = gateway.admit(socket.handshake.auth, caller);
    if (!admitted.ok) {
      next(refusal(admitted.error));
      return;
    }
    const hello = admitted.value;
    // Until it is told that it is let in, a client has nothing to say.
    const line = socket.conn as unknown as EngineSocket;
    const webSocket = line.transport.socket;
    webSocket?.pause();
    gateway.identify(hello, caller).then(
      (identified) => {
        webSocket?.resume();
        if (!identified.ok) return next(refusal(identified.error));
        socket.data = { hello, identity: identified.value };
        next();
      },
      (error: unknown) => {
        webSocket?.resume();
        next(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });

  io.on('connection', (socket) => {
    const line = socket.conn as unknown as EngineSocket;
    const { hello, identity } = socket.data;
    const session = gateway.connect(hello, linkTo(line, packets, closeMs), identity, callers.get(line));
    sessions.set(line, session);
    socket.onAny((event: unknown, text: unknown) => {
      if (event !== RAW_EVENT || typeof text !== 'string') return;
      session.take({ bytes: Buffer.byteLength(text), read: () => readEvent(text) });
    });
    const resumeWhenReady = (): void => void line.transport.on('ready', () => session.drained());
    resumeWhenReady();
    line.on('upgrade', resumeWhenReady);
    socket.on('disconnect', () => session.disconnected());
  });

  return {
    close: () =>
      new Promise((resolve) => {
        void io.close(() => resolve());
      }),
  };
}

/** Becomes the `connect_error` of the client, which finds code and reason in its `data`. */
function refusal({ code, reason, retryAfterMs }: HelloRefusal): Error {
  const later = retryAfterMs === undefined ? {} : { retryAfterMs };
  return Object.assign(new Error(reason), { data: { code, reason, ...later } });
}

function comesFrom({ headers, socket }: IncomingMessage, proxies: number): ArrivedFrom {
  const passed = headers['x-forwarded-for'];
  return {
    address: clientAddress(socket.remoteAddress, Array.isArray(passed) ? passed.join() : passed, proxies),
    origin: headers.origin,
    host: headers.host,
  };
}

/**
 * Cuts a line at the first packet that this protocol has no use for. One CONNECT, then events: a goodbye ends it, and whatever
 * else Socket.IO would answer, without asking whether its answers are read, or keep. Nothing of ours is binary, and what
 * waits for attachments would hold memory for as long as they do not come. `unreadable` is told of what is no goodbye either.
 */
function admitPackets(line: EngineSocket, unreadable: () => void): void {
  let isConnected = false;
  line.on('data', (packet) => {
    const type = typeof packet === 'string' ? packet[0] : undefined;
    const isExpected = type === (isConnected ? '2' : '0');
    isConnected = true;
    if (isExpected) return;
    if (packet !== GOODBYE) unreadable();
    line.close(true);
  });
}

/** Socket.IO's DISCONNECT. */
const GOODBYE = '1';

function linkTo(
  line: EngineSocket,
  packetOf: (texts: readonly string[]) => MessagePacket,
  closeMs: number,
): ClientLink {
  return {
    // Past Socket.IO's own writing, which looks through every message and makes the text anew for each client.
    send(...messages) {
      const { text, frame } = packetOf(messages.map(messageText));
      line.write(text, frame === null ? {} : { wsPreEncodedFrame: [frame] });
    },
    bufferedBytes() {
      const { transport, writeBuffer } = line;
      let bytes = transport.socket?.bufferedAmount ?? 0;
      for (const { data } of writeBuffer) bytes += typeof data === 'string' ? data.length : 0;
      return bytes;
    },
    close(discard, deaf = false) {
      const { socket } = line.transport;
      line.close(discard);
      if (deaf && socket !== undefined) {
        // Whatever it goes on sending piles up at its own end.
        socket.pause();
        setTimeout(() => socket.terminate(), DEAF_MS).unref();
      } else if (!discard) {
        // What has not been read by then never is.
        setTimeout(() => line.close(true), closeMs).unref();
      }
    },
  };
}

/** One connection below Socket.IO, with what its types leave out: packets not handed on yet, and the WebSocket. */
interface EngineSocket {
  /** The request that it began with. */
  readonly request: IncomingMessage;
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: {
    readonly socket?: { readonly bufferedAmount: number; terminate(): void; pause(): void; resume(): void };
    /** It takes more: what it was given before has left the process. */
    on(event: 'ready', listener: () => void): unknown;
  };
  on(event: 'data', listener: (packet: unknown) => void): unknown;
  on(event: 'upgrade' | 'close', listener: () => void): unknown;
  /** One message. A WebSocket sends the frame, where there is one, in the place of the text. */
  write(text: string, options: { readonly wsPreEncodedFrame?: readonly Uint8Array[] }): unknown;
  close(discard: boolean): void;
}
