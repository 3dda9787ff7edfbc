import type { Server as HttpServer } from 'node:http';
import { MESSAGE_EVENT, type Hello, type ServerMessage } from '@topgun/core/protocol';
import { Server, type Socket } from 'socket.io';
import type { ClientLink, HelloRefusal } from '../client-link.js';
import type { Gateway } from '../gateway.js';

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

type GatewaySocket = Socket<
  { [MESSAGE_EVENT]: (message: unknown) => void },
  { [MESSAGE_EVENT]: (message: ServerMessage) => void },
  Record<string, never>,
  { hello: Hello }
>;

/** The only code that knows Socket.IO: it turns sockets into client links and packets into messages. */
export function attachSocketIo({ gateway, http, messageBytes }: SocketIoOptions): SocketIoGateway {
  const io = new Server<
    { [MESSAGE_EVENT]: (message: unknown) => void },
    { [MESSAGE_EVENT]: (message: ServerMessage) => void },
    Record<string, never>,
    { hello: Hello }
  >(http, {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: messageBytes * 4,
  });

  io.use((socket, next) => {
    const admitted = gateway.admit(socket.handshake.auth);
    if (!admitted.ok) {
      next(refusal(admitted.error));
      return;
    }
    socket.data.hello = admitted.value;
    next();
  });

  io.on('connection', (socket) => {
    const sizes = measureMessages(socket);
    const session = gateway.connect(socket.data.hello, linkTo(socket));
    socket.onAny((event: unknown, ...args: unknown[]) => {
      const bytes = sizes.next();
      const isMessage = event === MESSAGE_EVENT && args.length === 1;
      // A client that asks for an acknowledgement, or sends anything else, does not speak this protocol.
      if (isMessage) session.receive(args[0], bytes);
      else if (bytes > messageBytes) session.receive(null, bytes);
      else session.malformed(`a message is one argument of the event ${MESSAGE_EVENT}`, true);
    });
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
 * The sizes of messages as they came. Socket.IO hands a message on one tick after its packet, in order, and only packets
 * of type EVENT become messages: so a queue of their sizes, taken from the raw packets, is in step with them.
 */
function measureMessages(socket: GatewaySocket): { next(): number } {
  const waiting: number[] = [];
  socket.conn.on('data', (packet: unknown) => {
    const isText = typeof packet === 'string';
    const isBinary = !isText || packet.startsWith('5') || packet.startsWith('6');
    // Nothing of ours is binary, and what waits for attachments would hold memory for as long as they do not come.
    if (isBinary) socket.conn.close(true);
    else if (packet.startsWith('2')) waiting.push(Buffer.byteLength(packet));
  });
  return { next: () => waiting.shift() ?? 0 };
}

function linkTo(socket: GatewaySocket): ClientLink {
  return {
    send(message) {
      socket.emit(MESSAGE_EVENT, message);
    },
    bufferedBytes() {
      const { transport, writeBuffer } = socket.conn as unknown as EngineSocket;
      let bytes = transport.socket?.bufferedAmount ?? 0;
      for (const { data } of writeBuffer) bytes += typeof data === 'string' ? data.length : 0;
      return bytes;
    },
    close(discard) {
      socket.conn.close(discard);
    },
  };
}

/** What engine.io does not declare: packets not handed to the transport yet, and the WebSocket under it. */
interface EngineSocket {
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: { readonly socket?: { readonly bufferedAmount: number } };
}
