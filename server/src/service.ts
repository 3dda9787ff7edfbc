import { TopGunError } from '@topgun/core/primitives';
import type { AuditEventName } from './ports/audit-log.js';
import type { Gateway } from './gateway/gateway.js';
import type { Logger } from './ports/environment.js';
import type { RefreshReport } from './services/models/map-refresh.js';
import type { ModelFault } from './services/models/model-faults.js';
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
  /**
   * MO-5: looks at the rows of a map that is a table, these keys' or all, and takes what others have changed; resolves when whoever watches has been told. Rejects where the table cannot be reached.
   */
  refresh(map: string, keys?: readonly string[] | null, options?: RefreshOptions): Promise<RefreshReport>;
  /** MO-6: what the tables do not take of their maps, and the maps of their tables. */
  modelFaults(): readonly ModelFault[];
  /** AB-7: how often what concerns security has happened since it was created, by the names of audit entries. */
  auditCounts(): Readonly<Partial<Record<AuditEventName, number>>>;
}

export interface RefreshOptions {
  /** Removes records that have no row also when they are more than half of the map's. */
  readonly removesMost?: boolean;
}

/** What a server does of maps that are tables. */
export interface ServedModels {
  refresh(map: string, keys: readonly string[] | null, removesMost: boolean): Promise<RefreshReport> | null;
  stop(): Promise<void>;
  readonly faults: readonly ModelFault[];
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
  readonly models: ServedModels;
  readonly log: Logger;
  readonly counts: TopGunServer['auditCounts'];
}

/** The life of a server: listen, drain. Nothing else is decided here. */
export function createService({ counts, host, gateway, listener, models, store, log }: ServiceParts): TopGunServer {
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
    await models.stop();
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
    async refresh(map, keys = null, { removesMost = false } = {}) {
      const report = models.refresh(map, keys, removesMost);
      if (report === null) throw new TopGunError('unknown-model', `The map ${JSON.stringify(map)} is no table here.`);
      return report;
    },
    modelFaults: () => models.faults,
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
