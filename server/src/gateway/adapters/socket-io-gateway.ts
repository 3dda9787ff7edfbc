import type { Server as HttpServer } from 'node:http';
import { MESSAGE_EVENT, messageText, type Hello } from '@topgun/core/protocol';
import { Server } from 'socket.io';
import type { Identity } from '../../ports/identity.js';
import type { ClientLink, HelloRefusal } from '../client-link.js';
import type { Gateway } from '../gateway.js';
import { createMessagePackets, type MessagePacket } from './message-packet.js';

export interface SocketIoOptions {
  readonly gateway: Gateway;
  readonly http: HttpServer;
  /** The largest message that is taken. Larger ones, up to four times that, are told so; beyond it the line is cut. */
  readonly messageBytes: number;
}

export interface SocketIoGateway {
  /** Ends the connections that are left, and the HTTP server with them. */
  close(): Promise<void>;
}

/** The only code that knows Socket.IO: it turns sockets into client links and packets into messages. */
export function attachSocketIo({ gateway, http, messageBytes }: SocketIoOptions): SocketIoGateway {
  const io = new Server<
    { [MESSAGE_EVENT]: (message: unknown) => void },
    Record<string, never>,
    Record<string, never>,
    { hello: Hello; identity: Identity | null }
  >(http, {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: messageBytes * 4,
  });

  const packets = createMessagePackets();
  io.engine.on('connection', admitPackets);
  io.use((socket, next) => {
    const admitted = gateway.admit(socket.handshake.auth);
    if (!admitted.ok) {
      next(refusal(admitted.error));
      return;
    }
    const hello = admitted.value;
    gateway.identify(hello).then(
      (identified) => {
        if (!identified.ok) return next(refusal(identified.error));
        socket.data = { hello, identity: identified.value };
        next();
      },
      (error: unknown) => next(error instanceof Error ? error : new Error(String(error))),
    );
  });

  io.on('connection', (socket) => {
    const line = socket.conn as unknown as EngineSocket;
    const sizes = measureMessages(line);
    const session = gateway.connect(socket.data.hello, linkTo(line, packets), socket.data.identity);
    socket.onAny((event: unknown, ...args: unknown[]) => {
      const bytes = sizes.next();
      const isMessage = event === MESSAGE_EVENT && args.length === 1;
      // A client that asks for an acknowledgement, or sends anything else, does not speak this protocol.
      if (isMessage) session.receive(args[0], bytes);
      else if (bytes > messageBytes) session.receive(null, bytes);
      else session.malformed(`a message is one argument of the event ${MESSAGE_EVENT}`, true);
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
function refusal({ code, reason }: HelloRefusal): Error {
  return Object.assign(new Error(reason), { data: { code, reason } });
}

/**
 * Cuts a line at the first packet that this protocol has no use for. One CONNECT, then events: a goodbye ends it, and whatever
 * else Socket.IO would answer, without asking whether its answers are read, or keep. Nothing of ours is binary, and what
 * waits for attachments would hold memory for as long as they do not come.
 */
function admitPackets(line: EngineSocket): void {
  let isConnected = false;
  line.on('data', (packet) => {
    const type = typeof packet === 'string' ? packet[0] : undefined;
    const isExpected = type === (isConnected ? '2' : '0');
    isConnected = true;
    if (!isExpected) line.close(true);
  });
}

/**
 * The sizes of messages as they came. Socket.IO hands a message on one tick after its packet, in order, and only packets
 * of type EVENT become messages: so a queue of their sizes, taken from the raw packets, is in step with them.
 */
function measureMessages(line: EngineSocket): { next(): number } {
  const waiting: number[] = [];
  line.on('data', (packet) => {
    if (typeof packet === 'string' && packet.startsWith('2')) waiting.push(Buffer.byteLength(packet));
  });
  return { next: () => waiting.shift() ?? 0 };
}

function linkTo(line: EngineSocket, packetOf: (texts: readonly string[]) => MessagePacket): ClientLink {
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
    close(discard) {
      line.close(discard);
    },
  };
}

/** One connection below Socket.IO, with what its types leave out: packets not handed on yet, and the WebSocket. */
interface EngineSocket {
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: {
    readonly socket?: { readonly bufferedAmount: number };
    /** It takes more: what it was given before has left the process. */
    on(event: 'ready', listener: () => void): unknown;
  };
  on(event: 'data', listener: (packet: unknown) => void): unknown;
  on(event: 'upgrade', listener: () => void): unknown;
  /** One message. A WebSocket sends the frame, where there is one, in the place of the text. */
  write(text: string, options: { readonly wsPreEncodedFrame?: readonly Uint8Array[] }): unknown;
  close(discard: boolean): void;
}
