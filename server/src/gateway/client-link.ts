import type { ErrorCode, ServerMessage } from '@topgun/core/protocol';

/** One client's connection, whatever carries it. Messages arrive in the order they are sent. */
export interface ClientLink {
  /** Several at once cost little more than one. */
  send(...messages: readonly ServerMessage[]): void;
  /** Bytes that were sent and have not left this process: what a client that does not read piles up. */
  bufferedBytes(): number;
  /** Closes after what was sent has left; without waiting for that when `discard` is set. `deaf`: nothing that still comes is read. */
  close(discard: boolean, deaf?: boolean): void;
}

/** Why a connection request was refused; a client can show the reason. */
export interface HelloRefusal {
  readonly code: ErrorCode;
  readonly reason: string;
  /** AB-3: when asking again is right, in ms from now. */
  readonly retryAfterMs?: number;
}
