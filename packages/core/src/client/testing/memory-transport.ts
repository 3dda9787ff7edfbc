import type { ClientMessage, Hello, ServerMessage } from '../../protocol/index.js';
import type { Transport, TransportClose, TransportEvents } from '../ports/transport.js';

/** The server's end of one connection attempt, in the hands of a test. */
export interface ServerEnd {
  readonly url: string;
  readonly hello: Hello;
  /** What the client has sent and arrived, oldest first. */
  readonly received: readonly ClientMessage[];
  /** PT-10: takes what the hello asks for as if it had just arrived. */
  takeSubs(): void;
  /** Lets go of what was received: it is all kept otherwise, as long as the transport. */
  forgetReceived(): void;
  /** False once either side has closed. */
  readonly isOpen: boolean;
  send(message: ServerMessage): void;
  /** Ends the connection: the client sees `close` after everything sent before it. */
  close(close: TransportClose): void;
  /** Each message as it arrives; those that arrived before are not repeated. */
  onMessage(listener: (message: ClientMessage) => void): void;
  onClose(listener: () => void): void;
}

export interface MemoryTransport extends Transport {
  /** Every attempt so far, oldest first. */
  readonly connections: readonly ServerEnd[];
  /** The latest attempt; throws when there was none. */
  last(): ServerEnd;
  /** Called for each attempt, before anything the client sends arrives: a scripted server answers from here. */
  onConnection(listener: (server: ServerEnd) => void): void;
  /** Called after each message that a server has sent. */
  onSent(listener: (message: ServerMessage) => void): void;
  /** From now on the client gets of each message what this makes of it. */
  tamper(change: (message: ServerMessage) => ServerMessage): void;
  /** From now on attempts fail with `lost` (network down) and open connections are lost; `restore` undoes the former. */
  cut(): void;
  restore(): void;
}

// Messages cross a wire in reality: a test must not pass because both sides share an object.
const overWire = <T>(message: T): T => JSON.parse(JSON.stringify(message)) as T;

const LOST: TransportClose = { code: 'lost', reason: 'the connection was cut' };

/** A `Transport` without a network. Both directions are asynchronous (microtasks), ordered, and silent after the close. */
export function createMemoryTransport(): MemoryTransport {
  const connections: ServerEnd[] = [];
  const closers = new Set<(close: TransportClose) => void>();
  const listeners: ((server: ServerEnd) => void)[] = [];
  let isCut = false;
  let sent: ((message: ServerMessage) => void) | undefined;
  let change = (message: ServerMessage): ServerMessage => message;

  return {
    connections,
    last() {
      const server = connections.at(-1);
      if (server === undefined) throw new Error('no connection was attempted');
      return server;
    },
    onConnection(next) {
      listeners.push(next);
    },
    onSent(next) {
      sent = next;
    },
    tamper(next) {
      change = next;
    },
    cut() {
      isCut = true;
      for (const close of [...closers]) close(LOST);
    },
    restore() {
      isCut = false;
    },
    connect(url, hello, events: TransportEvents) {
      const received: ClientMessage[] = [];
      const messageListeners: ((message: ClientMessage) => void)[] = [];
      const closeListeners: (() => void)[] = [];
      let closing = false; // one side has closed: nothing new is taken
      let clientClosed = false; // the client hears no more messages
      let serverClosed = false; // the server reads no more

      const close = (how: TransportClose): void => {
        if (closing) return;
        closing = true;
        if (how.code === 'closed') clientClosed = true;
        else serverClosed = true;
        closers.delete(close);
        queueMicrotask(() => {
          events.onClose(how);
          for (const told of closeListeners) told();
        });
      };
      closers.add(close);
      const arrive = (message: ClientMessage): void => {
        received.push(message);
        for (const heard of messageListeners) heard(message);
      };

      const server: ServerEnd = {
        url,
        hello: overWire(hello),
        received,
        takeSubs() {
          for (const sub of server.hello.subs ?? []) arrive({ type: 'subscribe', ...sub });
        },
        forgetReceived: () => void received.splice(0),
        get isOpen() {
          return !closing;
        },
        send(message) {
          if (closing) return;
          const copy = change(overWire(message));
          queueMicrotask(() => {
            if (!clientClosed) events.onMessage(copy);
          });
          sent?.(message);
        },
        close,
        onMessage: (next) => void messageListeners.push(next),
        onClose: (next) => void closeListeners.push(next),
      };
      connections.push(server);
      if (isCut) close(LOST);
      else {
        queueMicrotask(() => {
          if (!closing) for (const listener of listeners) listener(server);
        });
      }

      return {
        send(message) {
          if (closing) return;
          const copy = overWire(message);
          queueMicrotask(() => {
            if (!serverClosed) arrive(copy);
          });
        },
        close() {
          close({ code: 'closed', reason: 'closed by this client' });
        },
      };
    },
  };
}
