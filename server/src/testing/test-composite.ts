import { PARTITION_COUNT } from '@topgun/core/primitives';
import { DEFAULT_LIMITS } from '@topgun/core/protocol';
import { createCompositePartitionHost } from '../drivers/composite/composite-partition-host.js';
import { createSharedStores } from '../drivers/composite/shared-stores.js';
import { createSharedLedger } from '../drivers/composite/shared-ledger.js';
import { createInProcessPartitionHost } from '../drivers/in-process-partition-host.js';
import { createMemoryColdStore } from '../drivers/memory-cold-store.js';
import { createMemoryLedger, type MemoryLedger } from '../drivers/memory-ledger.js';
import { createMemorySnapshotStore } from '../drivers/memory-snapshot-store.js';
import { NO_SESSION, type HostEvent, type PartitionHost } from '../ports/partition-host.js';
import type { Clock } from '../ports/environment.js';
import { StoredCommits } from '../services/journal/stored-commits.js';
import { createWriteBehind } from '../services/persistence/write-behind.js';
import { createManualTimers, type ManualTimers } from './manual-timers.js';
import { createRecordedLog, type LogEntry } from './recorded-log.js';
import type { TestHostOptions } from './test-host.js';

/** A started host of several, on memory drivers. */
export interface TestComposite {
  readonly host: PartitionHost;
  readonly ledger: MemoryLedger;
  readonly timers: ManualTimers;
  readonly clock: { now: number };
  readonly events: HostEvent[];
  readonly logged: LogEntry[];
  readonly position: number;
}

export interface TestCompositeOptions extends Pick<
  TestHostOptions,
  | 'disk'
  | 'hash'
  | 'hooks'
  | 'journal'
  | 'limits'
  | 'now'
  | 'pieces'
  | 'procedures'
  | 'quotas'
  | 'rules'
  | 'schema'
  | 'search'
  | 'snapshotPolicy'
> {
  readonly members: number;
  /** Of the log so much is kept for the slowest before it is asked for snapshots. */
  readonly logBytes?: number;
  /** Stands between a member and who hears it, so that a test can delay what it says. */
  readonly between?: (member: number, host: PartitionHost) => PartitionHost;
}

/** The partitions dealt out in turn, so that neighbours are apart. */
export async function startTestComposite(options: TestCompositeOptions): Promise<TestComposite> {
  const { between = (_member, host) => host, disk, hash, members: count } = options;
  const ledger = createMemoryLedger(disk);
  const timers = createManualTimers();
  const { entries, log } = createRecordedLog();
  const clock = { now: options.now ?? 1_700_000_000_000 };
  const now: Clock = { now: () => clock.now };
  const kept = options.journal;
  const journal = kept === undefined ? undefined : new StoredCommits({ ...kept, ledger, clock: now });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const shared = createSharedLedger({ ledger, timers, log });
  let minted = 0;
  const random = { id: (length: number) => `${disk.epoch}-${(minted += 1)}`.padStart(length, '0') };
  const { pieces } = options;
  const defined = {
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    ...(options.search === undefined ? {} : { search: options.search }),
  };
  const coldStore = createMemoryColdStore(disk);
  const { snapshotPolicy } = options;
  const hosts: PartitionHost[] = [];
  const stores = createSharedStores({
    ledger,
    shared,
    coldStore,
    members: count,
    ...(journal === undefined ? {} : { trimmable: (through) => journal.trimmable(through) }),
    askForSnapshots: (member) => hosts[member]?.send({ type: 'take-snapshots', session: NO_SESSION }),
    ...(options.logBytes === undefined ? {} : { logBytes: options.logBytes }),
    ...(snapshotPolicy === undefined ? {} : { snapshots: createMemorySnapshotStore(disk) }),
  });
  const memberOf = (partition: number): number => partition % Math.min(count, PARTITION_COUNT);
  const members = Array.from({ length: count }, (_, member) =>
    between(
      member,
      createInProcessPartitionHost({
        ledger: stores[member]!.ledger,
        writeBehind: createWriteBehind({ coldStore: stores[member]!.coldStore, timers, onFailure: () => undefined }),
        ...(snapshotPolicy === undefined ? {} : { snapshots: stores[member]!.snapshots!, snapshotPolicy }),
        hash,
        clock: now,
        ...(kept === undefined ? {} : { journal: kept }),
        ...(options.quotas === undefined ? {} : { quotas: options.quotas }),
        random,
        timers,
        log,
        limits,
        owns: (partition) => memberOf(partition) === member,
        ...(pieces === undefined ? {} : { pieces }),
        ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
        ...(options.procedures === undefined ? {} : { procedures: options.procedures }),
        ...(options.schema === undefined ? {} : { schema: options.schema }),
        ...defined,
      }),
    ),
  );
  hosts.push(...members);
  const host = createCompositePartitionHost({
    members,
    ledger: shared,
    memberOf,
    hash,
    random,
    timers,
    log,
    limits,
    journal,
    quotas: options.quotas,
    ...defined,
  });
  const events: HostEvent[] = [];
  host.onEvent((event) => events.push(event));
  const { position } = await host.start();
  return { host, ledger, timers, clock, events, logged: entries, position };
}
