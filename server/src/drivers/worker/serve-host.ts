import { assertNever } from '@topgun/core/primitives';
import type { AuditLog } from '../../ports/audit-log.js';
import type { Logger } from '../../ports/environment.js';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostCommand, HostEvent, HostStarted, PartitionHost } from '../../ports/partition-host.js';
import type { StorageTrouble } from '../storage-trouble.js';
import type { FromHost, HostStartFault, ToHost } from './host-messages.js';
import { packEvents, unpackCommands, type Crossing } from './crossing.js';
import { TurnBatch } from './turn-batch.js';

/** The end of a channel that a host's thread holds. */
export interface HostChannel {
  postMessage(message: FromHost): void;
  on(event: 'message', receive: (message: ToHost) => void): unknown;
  close(): void;
}

/** A host that runs, and what is to be closed with it. */
export interface OpenedHost {
  readonly host: PartitionHost;
  readonly started: HostStarted;
  /** What this thread has measured. */
  measure(): Promise<ThreadFigures>;
  close(): Promise<void>;
}

/** What a host tells besides its events, on its way to the thread of the gateway. */
export interface HostWatch {
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly onTrouble: (trouble: StorageTrouble | null) => void;
  /** PI-23: the rows for other programs could not be written; or could, again. */
  readonly onRowsBehind: (areBehind: boolean) => void;
}

/**
 * PI-35: the side of the host. Opens it, takes commands from the channel in their order, and sends back its events, in theirs; before anything that
 * is said of a time (`drained`) goes what was told before. It decides nothing.
 */
export async function serveHost(
  channel: HostChannel,
  open: (watch: HostWatch) => Promise<OpenedHost>,
  faultOf: (error: unknown) => HostStartFault,
): Promise<void> {
  let taken = 0;
  const post = (batch: readonly HostEvent[]): void => {
    const crossings = batch.length === 0 ? [NO_EVENTS] : packEvents(batch);
    for (const events of crossings) {
      channel.postMessage({ type: 'events', events, taken });
      taken = 0;
    }
  };
  const events = new TurnBatch<HostEvent>(post);
  const tell = (message: FromHost): void => {
    events.flush();
    channel.postMessage(message);
  };
  /** With the events of this turn, where there are any. */
  const noteTaken = (commands: number): void => {
    if (taken === 0) {
      setImmediate(() => {
        events.flush();
        if (taken > 0) post([]);
      });
    }
    taken += commands;
  };

  const watch = watchThrough(channel);
  let opened: OpenedHost;
  try {
    opened = await open(watch);
  } catch (error) {
    channel.postMessage({ type: 'start-failed', fault: faultOf(error) });
    channel.close();
    return;
  }
  const { host } = opened;
  host.onEvent((event) => events.add(event));
  const stop = async (): Promise<void> => {
    await host.stop();
    await opened.close();
    tell({ type: 'stopped' });
    channel.close();
  };
  const take = (commands: readonly HostCommand[]): void => {
    noteTaken(commands.length);
    for (const command of commands) host.send(command);
  };
  channel.on('message', (message) => {
    switch (message.type) {
      case 'commands':
        take(unpackCommands(message.commands));
        return;
      case 'measure':
        opened.measure().then(
          (figures) => tell({ type: 'measured', figures }),
          (error: unknown) => {
            // Whoever asks goes without; the data stays where it is.
            watch.log.warn('the thread of the data could not be measured', { reason: String(error) });
            tell({ type: 'measured', figures: [] });
          },
        );
        return;
      case 'drain':
        void host.drain().then(() => tell({ type: 'drained' }));
        return;
      case 'stop':
        void stop();
        return;
      default:
        assertNever(message);
    }
  });
  tell({ type: 'started', started: opened.started });
}

const NO_EVENTS: Crossing<HostEvent> = { form: 'plain', items: [] };

function watchThrough(channel: HostChannel): HostWatch {
  const line =
    (level: keyof Logger) =>
    (message: string, detail?: object): void => {
      try {
        channel.postMessage({ type: 'log', level, message, detail });
      } catch {
        // What cannot be cloned is left out, and the line stays.
        channel.postMessage({ type: 'log', level, message });
      }
    };
  return {
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    audit: { note: (entry) => channel.postMessage({ type: 'audit', entry }) },
    onTrouble: (trouble) => channel.postMessage({ type: 'trouble', trouble }),
    onRowsBehind: (areBehind) => channel.postMessage({ type: 'rows-behind', areBehind }),
  };
}
