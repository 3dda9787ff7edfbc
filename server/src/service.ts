import type { AuditEventName } from './ports/audit-log.js';
import type { Gateway } from './gateway/gateway.js';
import type { Logger } from './ports/environment.js';
import type { HostEvent, PartitionHost } from './ports/partition-host.js';

/** Where a server listens. */
export interface ServerAddress {
  readonly port: number;
  /** As a browser on this machine would write it. */
  readonly url: string;
}

/** Why a server has stopped by itself. */
export type ServerHalt =
  | { readonly code: 'fenced' | 'ledger-lost' }
  /** `message`: what is damaged, as a sentence. */
  | { readonly code: 'ledger-damaged'; readonly message: string }
  /** PI-36: the thread of the data ends again and again; `message` says why. */
  | { readonly code: 'host-lost'; readonly message: string };

export interface TopGunServer {
  /** Admits clients, on the port it has had since it was created. */
  listen(): Promise<ServerAddress>;
  /** PI-10: admits nobody new, commits what was taken, writes behind, closes everything. Safe to call twice. */
  drain(): Promise<void>;
  /** `null` while it does not listen. */
  readonly address: ServerAddress | null;
  /** Tells why the server can serve no longer; nothing is acked any more. `drain` and end the process. */
  onHalt(listener: (why: ServerHalt) => void): void;
  /** AB-7: how often what concerns security has happened since it was created, by the names of audit entries. */
  auditCounts(): Readonly<Partial<Record<AuditEventName, number>>>;
}

/** The parts of a server that is put together and replayed, but admits nobody yet. */
export interface ServiceParts {
  readonly host: PartitionHost;
  readonly gateway: Gateway;
  readonly listener: {
    listen(): ServerAddress;
    close(): Promise<void>;
  };
  readonly store: { close(): Promise<void> };
  readonly log: Logger;
  readonly counts: TopGunServer['auditCounts'];
}

/** The life of a server: listen, drain. Nothing else is decided here. */
export function createService({ counts, host, gateway, listener, store, log }: ServiceParts): TopGunServer {
  const halts = new Set<(why: ServerHalt) => void>();
  let address: ServerAddress | null = null;
  let draining: Promise<void> | null = null;

  host.onEvent((event) => {
    const halt = haltOf(event);
    if (halt === null) return;
    gateway.refuseNew();
    for (const halted of halts) halted(halt);
  });

  const drain = async (): Promise<void> => {
    gateway.refuseNew();
    await host.drain();
    gateway.closeAll('shutting-down', 'This server is shutting down.');
    await listener.close();
    await host.stop();
    await store.close();
    address = null;
    log.info('drained');
  };

  return {
    async listen() {
      address = listener.listen();
      log.info('listening', { ...address });
      return address;
    },
    drain: () => (draining ??= drain()),
    get address() {
      return address;
    },
    onHalt: (listen) => void halts.add(listen),
    auditCounts: counts,
  };
}

function haltOf(event: HostEvent): ServerHalt | null {
  switch (event.type) {
    case 'fenced':
    case 'ledger-lost':
      return { code: event.type };
    case 'ledger-damaged':
    case 'host-lost':
      return { code: event.type, message: event.message };
    default:
      return null;
  }
}
