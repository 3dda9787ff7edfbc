import { io } from 'socket.io-client';

import { MESSAGE_EVENT, parseServerMessage, shortForm } from '../../protocol/index.js';
import type { Transport, TransportClose } from '../ports/transport.js';
import { messageParser } from './message-parser.js';

/** CloseEvent code of a peer that was sent more than it takes, and the HTTP status that says the same. */
const WEBSOCKET_TOO_LARGE = 1009;
const HTTP_TOO_LARGE = 413;

type TypedError = NonNullable<TransportClose['error']>;

/** The `Transport` over Socket.IO. The only importer of socket.io-client, whose reconnection and acks are not used. */
export function createSocketIoTransport(): Transport {
  return {
    connect(url, hello, events) {
      const socket = io(url, {
        auth: { ...hello },
        // One connection per attempt: when to try again is the client's to decide (CL-6).
        reconnection: false,
        forceNew: true,
        parser: messageParser,
        // A proxy that lets no WebSocket pass may let requests pass.
        transports: ['websocket', 'polling'],
        tryAllTransports: true,
      });
      let isOver = false;
      let lastError: TypedError | null = null;

      /** Silences the socket; false when it was silent before. */
      function end(): boolean {
        if (isOver) return false;
        isOver = true;
        socket.off();
        socket.disconnect();
        return true;
      }

      function closeWith(close: TransportClose): void {
        if (end()) events.onClose(lastError === null ? close : { error: lastError, ...close });
      }

      socket.on('connect_error', (error: Error & { readonly data?: unknown }) => {
        const refusal = typedError(error.data);
        if (refusal !== null) closeWith({ code: 'refused', reason: refusal.reason, error: refusal });
        else closeWith({ code: 'lost', reason: error.message });
      });

      socket.on('disconnect', (reason, description) => {
        if (isTooLarge(description)) {
          closeWith({ code: 'message-too-large', reason: 'The server does not take messages of this size.' });
        } else if (reason === 'parse error') {
          closeWith({ code: 'protocol-violation', reason: 'The server sent what is no Socket.IO message.' });
        } else {
          closeWith({ code: 'lost', reason: lastError?.reason ?? reason });
        }
      });

      socket.on(MESSAGE_EVENT, (...inputs: readonly unknown[]) => {
        for (const input of inputs) {
          // The one before may have ended the connection.
          if (isOver) return;
          const message = parseServerMessage(input);
          if (!message.ok) {
            closeWith({ code: 'protocol-violation', reason: `${message.error.at}: ${message.error.reason}` });
            return;
          }
          const { value } = message;
          if (value.type === 'error' && value.fatal) lastError = typedError(value);
          events.onMessage(value);
        }
      });

      return {
        send(message) {
          // Before the connection stands Socket.IO keeps it and sends it then, in order.
          if (!isOver) socket.emit(MESSAGE_EVENT, shortForm(message));
        },
        close() {
          if (end()) queueMicrotask(() => events.onClose({ code: 'closed', reason: 'closed by this client' }));
        },
      };
    },
  };
}

/** What an error of the server says, or the `data` of a refused handshake; `null`: it is no answer of our server. */
function typedError(data: unknown): TypedError | null {
  if (typeof data !== 'object' || data === null) return null;
  const { code, reason, retryAfterMs } = data as { readonly [name: string]: unknown };
  if (typeof code !== 'string' || typeof reason !== 'string') return null;
  return { code, reason, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) };
}

/** Socket.IO gives the close event of a WebSocket, or an error with the status of a request, untyped. */
function isTooLarge(description: unknown): boolean {
  if (typeof description !== 'object' || description === null) return false;
  const { context, description: status } = description as {
    readonly context?: unknown;
    readonly description?: unknown;
  };
  if (status === HTTP_TOO_LARGE) return true;
  return (
    typeof context === 'object' && context !== null && (context as { code?: unknown }).code === WEBSOCKET_TOO_LARGE
  );
}
