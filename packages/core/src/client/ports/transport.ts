import type { ClientMessage, Hello, ServerMessage } from '../../protocol/index.js';

/** One attempt at a connection. Messages arrive in order; nothing arrives after `onClose`, which fires exactly once. */
export interface TransportConnection {
  send(message: ClientMessage): void;
  /** No message arrives after this call; `onClose` with `closed` follows in a later microtask, never within it. */
  close(): void;
}

export interface TransportEvents {
  /** Decoded and validated by the adapter; anything else is reported through `onClose` with `protocol-violation`. */
  onMessage(message: ServerMessage): void;
  onClose(close: TransportClose): void;
}

export interface TransportClose {
  readonly code:
    | 'closed' // by us
    | 'lost' // network, server gone
    | 'refused' // the server answered the hello with an error: see `error`
    | 'message-too-large'
    | 'protocol-violation';
  readonly reason: string;
  /** The server's typed error, when it gave one. */
  readonly error?: {
    readonly code: string;
    readonly reason: string;
    /** AB-3: asking again is in vain before, in ms from now. */
    readonly retryAfterMs?: number;
  };
}

/** The only way out of the client. `hello` is sent with the connection request; `welcome` is the first message back. */
export interface Transport {
  connect(url: string, hello: Hello, events: TransportEvents): TransportConnection;
}
