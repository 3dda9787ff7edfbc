import { longForm, MESSAGE_EVENT, type ErrorMessage, type Hello, type ServerMessage } from '@topgun/core/protocol';
import { io, type Socket } from 'socket.io-client';

/** A Socket.IO client that says whatever a test wants, well formed or not, and keeps what it hears. */
export interface WireClient {
  readonly received: ServerMessage[];
  send(message: unknown): void;
  /** An event of any name and arguments. */
  emit(event: string, ...args: unknown[]): void;
  /** One Engine.IO message, past all of Socket.IO's encoding. */
  sendRaw(text: string | ArrayBuffer): void;
  /** The first message, from now on or received already, that passes; rejects when the connection closes before it. */
  until<Message extends ServerMessage>(passes: (message: ServerMessage) => message is Message): Promise<Message>;
  untilError(code: string): Promise<ErrorMessage>;
  readonly closed: Promise<string>;
  readonly isConnected: boolean;
  close(): void;
}

/** Rejects with the server's refusal, `{ code, reason }` in `data`. Resolves once connected, before `welcome`. */
export async function connectWire(url: string, hello: unknown): Promise<WireClient> {
  const socket: Socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: hello as { [key: string]: unknown },
  });
  const received: ServerMessage[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  let closedWith: string | null = null;
  socket.on(MESSAGE_EVENT, (...messages: unknown[]) => {
    received.push(...messages.map((message) => longForm(message) as ServerMessage));
    wake();
  });
  const closed = new Promise<string>((resolve) => {
    socket.on('disconnect', (reason) => {
      closedWith = reason;
      resolve(reason);
      wake();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });

  const until = <Message extends ServerMessage>(
    passes: (message: ServerMessage) => message is Message,
  ): Promise<Message> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = received.find(passes);
        if (found === undefined && closedWith === null) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`closed (${closedWith}) after ${JSON.stringify(received.at(-1))}`));
      };
      waiting.add(look);
      look();
    });

  return {
    received,
    send: (message) => void socket.emit(MESSAGE_EVENT, message),
    emit: (event, ...args) => void socket.emit(event, ...args),
    sendRaw: (text) => void socket.io.engine.write(text),
    until,
    untilError: (code) =>
      until((message): message is ErrorMessage => message.type === 'error' && message.code === code),
    closed,
    get isConnected() {
      return socket.connected;
    },
    close: () => void socket.disconnect(),
  };
}

/** What an honest client says first. */
export const helloOf = (...replicas: Hello['replicas'][number][0][]): Hello => ({
  protocol: 1,
  replicas: replicas.map((replica) => [replica, 0] as const),
  lineage: null,
});
