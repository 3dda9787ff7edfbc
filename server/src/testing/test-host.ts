import type { Resolvers } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { DEFAULT_LIMITS } from '@topgun/core/protocol';
import type { Rules } from '@topgun/core/rules';
import type { SchemaDefinition } from '@topgun/core/schema';
import { createInProcessPartitionHost, type InProcessHostOptions } from '../drivers/in-process-partition-host.js';
import { createMemoryColdStore, type MemoryColdStore } from '../drivers/memory-cold-store.js';
import type { MemoryDisk } from '../drivers/memory-disk.js';
import { createMemoryLedger, type MemoryLedger } from '../drivers/memory-ledger.js';
import { createMemorySnapshotStore } from '../drivers/memory-snapshot-store.js';
import type { SnapshotPolicy } from '../services/persistence/snapshot-schedule.js';
import type { AuditLog } from '../ports/audit-log.js';
import type { Clock, Logger, Timers } from '../ports/environment.js';
import type { HostGauges } from '../ports/host-gauges.js';
import type { HostEvent, HostStarted, PartitionHost } from '../ports/partition-host.js';
import type { ServerHooks } from '../services/hooks/server-hooks.js';
import type { Procedures } from '../services/procedures/procedure.js';
import type { Pieces } from '../services/query/view-turns.js';
import type { SearchDefinitions } from '../services/search/read-search.js';
import { MappedMaps } from '../services/models/mapped-maps.js';
import { createWriteBehind } from '../services/persistence/write-behind.js';
import { createManualTimers, type ManualTimers } from './manual-timers.js';
import { createRecordedLog, type LogEntry } from './recorded-log.js';

/** A started host on memory drivers, and what a test wants to see of it. */
export interface TestHost {
  readonly host: PartitionHost;
  readonly gauges: () => HostGauges;
  readonly started: HostStarted;
  readonly ledger: MemoryLedger;
  readonly coldStore: MemoryColdStore;
  readonly timers: ManualTimers;
  readonly clock: { now: number };
  /** Every event so far. */
  readonly events: HostEvent[];
  readonly logged: LogEntry[];
  /** The events of one type so far. */
  of<Type extends HostEvent['type']>(type: Type): Extract<HostEvent, { type: Type }>[];
}

export interface TestHostOptions {
  readonly disk: MemoryDisk;
  readonly hash: Hash64;
  readonly limits?: Partial<typeof DEFAULT_LIMITS>;
  /** How far the cold store may be behind. */
  readonly maxRows?: number;
  readonly tombstonesMs?: number;
  readonly rules?: Rules;
  readonly audit?: AuditLog;
  readonly hooks?: ServerHooks;
  readonly procedures?: Procedures;
  readonly schema?: SchemaDefinition;
  readonly resolvers?: Resolvers;
  readonly now?: number;
  /** A clock that the test moves, and timers that keep to it. Left out: timers run when the test says so. */
  readonly time?: { readonly clock: { now: number }; readonly timers: Timers };
  /** SE-1. */
  readonly search?: SearchDefinitions;
  /** SE-63. */
  readonly approximate?: InProcessHostOptions['approximate'];
  /** QU-50. */
  readonly pieces?: Pieces;
  /** PI-46. */
  readonly memory?: number;
  /** PI-49. */
  readonly quotas?: ReadonlyMap<string, number>;
  /** PI-13: snapshots are taken, and the log is trimmed. */
  readonly snapshotPolicy?: SnapshotPolicy;
  /** MO-1: the maps that are tables, made with what the host has. */
  readonly models?: (parts: {
    readonly clock: Clock;
    readonly timers: ManualTimers;
    readonly log: Logger;
  }) => MappedMaps;
  /** JO-1. */
  readonly journal?: InProcessHostOptions['journal'];
}

/** Starting a second one on the same disk is a restart, or a takeover. */
export async function startTestHost(options: TestHostOptions): Promise<TestHost> {
  const { disk, hash, limits, maxRows, tombstonesMs } = options;
  const ledger = createMemoryLedger(disk);
  const coldStore = createMemoryColdStore(disk);
  const manual = createManualTimers();
  const timers = options.time?.timers ?? manual;
  const clock = options.time?.clock ?? { now: options.now ?? 1_700_000_000_000 };
  const { entries, log } = createRecordedLog();
  const events: HostEvent[] = [];
  let minted = 0;
  const now: Clock = { now: () => clock.now };
  const models = options.models?.({ clock: now, timers: manual, log }) ?? new MappedMaps(new Map());
  const host = createInProcessPartitionHost({
    ledger,
    writeBehind: models.writeBehind(
      createWriteBehind({
        coldStore: models.coldStore(coldStore),
        timers,
        onFailure: () => undefined,
        ...(maxRows === undefined ? {} : { maxRows }),
      }),
    ),
    ...(options.models === undefined ? {} : { models }),
    ...(options.snapshotPolicy === undefined
      ? {}
      : { snapshots: createMemorySnapshotStore(disk), snapshotPolicy: options.snapshotPolicy }),
    hash,
    clock: now,
    random: { id: (length) => `${disk.epoch}-${(minted += 1)}`.padStart(length, '0') },
    timers,
    log,
    limits: { ...DEFAULT_LIMITS, ...limits },
    memory: options.memory,
    ...(options.search === undefined ? {} : { search: options.search }),
    ...(options.approximate === undefined ? {} : { approximate: options.approximate }),
    ...(options.pieces === undefined ? {} : { pieces: options.pieces }),
    ...(options.quotas === undefined ? {} : { quotas: options.quotas }),
    ...(tombstonesMs === undefined ? {} : { tombstonesMs }),
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    ...(options.audit === undefined ? {} : { audit: options.audit }),
    ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
    ...(options.procedures === undefined ? {} : { procedures: options.procedures }),
    ...(options.schema === undefined ? {} : { schema: options.schema }),
    ...(options.journal === undefined ? {} : { journal: options.journal }),
    resolvers: options.resolvers,
  });
  host.onEvent((event) => events.push(event));
  return {
    host,
    gauges: () => host.gauges(),
    started: await host.start(),
    ledger,
    coldStore,
    timers: manual,
    clock,
    events,
    logged: entries,
    of: <Type extends HostEvent['type']>(type: Type) =>
      events.filter((event): event is Extract<HostEvent, { type: Type }> => event.type === type),
  };
}

/** Lets everything run that waits for promises only. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}
