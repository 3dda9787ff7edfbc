import { assertNever } from '@topgun/core/primitives';
import type { AnnounceMessage, TurnMessage, ClientMessage, SubscribeMessage } from '@topgun/core/protocol';
import type { HostCommand, SessionId } from '../ports/partition-host.js';

/** Where a session's messages go. */
export interface MessageRoutes {
  readonly id: SessionId;
  command(command: HostCommand): void;
  announce(message: AnnounceMessage): void;
  subscribe(message: SubscribeMessage, bytes: number): void;
  turn(message: TurnMessage): void;
  unsubscribe(sub: number): void;
  token(token: string): void;
  pong(at: number): void;
}

/** Sends each message where it belongs. No rules here. */
export function routeMessage(message: ClientMessage, bytes: number, session: MessageRoutes): void {
  switch (message.type) {
    case 'submit': {
      const { batches, transaction } = message;
      session.command({ type: 'submit', session: session.id, batches, bytes, transaction });
      return;
    }
    case 'announce':
      session.announce(message);
      return;
    case 'subscribe':
      session.subscribe(message, bytes);
      return;
    case 'turn':
      session.turn(message);
      return;
    case 'unsubscribe':
      session.unsubscribe(message.sub);
      return;
    case 'read-journal':
      session.command({ type: 'read-journal', session: session.id, question: message });
      return;
    case 'call':
      session.command({ type: 'call', session: session.id, call: message, bytes });
      return;
    case 'end-journal':
      session.command({ type: 'end-journal', session: session.id, id: message.id });
      return;
    case 'ask-search':
      session.command({ type: 'ask-search', session: session.id, question: message });
      return;
    case 'end-search':
      session.command({ type: 'end-search', session: session.id, id: message.id });
      return;
    case 'token':
      session.token(message.token);
      return;
    case 'ping':
      session.pong(message.at);
      return;
    default:
      assertNever(message);
  }
}
