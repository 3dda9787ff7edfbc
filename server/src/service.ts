import { TopGunError } from '@topgun/core/primitives';

/** A part of the server with a life of its own. Each is started, drained and stopped once, in this order. */
export interface Service {
  start(): Promise<void>;
  /** PI-10: takes nothing new, finishes what it has. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Why a server could not start; `message` is one sentence for whoever starts it. */
export type StartErrorCode = 'port-taken' | 'cannot-listen' | 'database' | 'ledger-damaged' | 'static-folder';

export class StartError extends TopGunError<StartErrorCode> {
  override readonly name = 'StartError';
}
