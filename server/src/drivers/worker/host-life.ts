import type { Result } from '@topgun/core/primitives';
import type { AuditEntry } from '../../ports/audit-log.js';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostCommand, HostEvent, HostStarted } from '../../ports/partition-host.js';
import type { FromHost, HostStartFault } from './host-messages.js';

/** What is heard of a host in threads while it lives. */
export type LifeNews =
  | { readonly type: 'event'; readonly event: HostEvent }
  | { readonly type: 'audit'; readonly entry: AuditEntry }
  | Extract<FromHost, { type: 'log' | 'trouble' | 'rows-behind' }>;

/** PI-36: a host in a thread, or in several, from its start until the first of them ends. It is not begun again; another one is. */
export interface HostLife {
  /** What its start came to. */
  readonly started: Promise<Result<HostStarted, HostStartFault>>;
  /** When all of it has ended, for whatever reason; it says which. */
  readonly ended: Promise<string>;
  /** Commands that no thread has taken yet. */
  readonly queued: number;
  send(command: HostCommand): void;
  /** What its threads have measured. Nothing of one that ends before it has answered. */
  measure(): Promise<ThreadFigures>;
  /** PI-10. Resolves too when it ends before. */
  drain(): Promise<void>;
  stop(): Promise<void>;
  /** At once, in the middle of whatever it does. `ended` resolves. */
  terminate(): void;
}
