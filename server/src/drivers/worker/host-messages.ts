import type { AuditEntry } from '../../ports/audit-log.js';
import type { Logger } from '../../ports/environment.js';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostCommand, HostEvent, HostStarted } from '../../ports/partition-host.js';
import type { StorageTrouble } from '../storage-trouble.js';
import type { Crossing } from './crossing.js';

// What crosses between the gateway's thread and a host's. Plain data throughout (decision 67).

/** Why a host could not start; `message` is one sentence for whoever runs the server. */
export interface HostStartFault {
  readonly code: 'database' | 'ledger-damaged' | 'definitions' | 'failed';
  readonly message: string;
}

/** To the host's thread. It starts by itself. */
export type ToHost =
  | { readonly type: 'commands'; readonly commands: Crossing<HostCommand> }
  | { readonly type: 'measure' }
  | { readonly type: 'drain' }
  | { readonly type: 'stop' };

/** From it. */
export type FromHost =
  | { readonly type: 'started'; readonly started: HostStarted }
  | { readonly type: 'start-failed'; readonly fault: HostStartFault }
  /** `taken`: so many commands have been taken since this was said last. */
  | { readonly type: 'events'; readonly events: Crossing<HostEvent>; readonly taken: number }
  | {
      readonly type: 'log';
      readonly level: keyof Logger;
      readonly message: string;
      readonly detail?: object | undefined;
    }
  | { readonly type: 'audit'; readonly entry: AuditEntry }
  | { readonly type: 'trouble'; readonly trouble: StorageTrouble | null }
  | { readonly type: 'rows-behind'; readonly areBehind: boolean }
  | { readonly type: 'measured'; readonly figures: ThreadFigures }
  | { readonly type: 'drained' }
  | { readonly type: 'stopped' };
