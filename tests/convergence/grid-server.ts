import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { SchemaDefinition } from '../../packages/core/src/schema/index.js';
import type { Timers } from '../../packages/core/src/client/ports/environment.js';
import type { VirtualTime } from '../../packages/core/src/client/testing/virtual-time.js';
import type { Hash64 } from '../../packages/core/src/primitives/index.js';
import type { MemberStores } from '../../server/src/drivers/composite/shared-stores.js';
import { createInProcessBus } from '../../server/src/drivers/in-process-bus.js';
import { createInProcessPartitionHost } from '../../server/src/drivers/in-process-partition-host.js';
import { createMemoryColdStore, type MemoryColdStore } from '../../server/src/drivers/memory-cold-store.js';
import { createMemorySnapshotStore } from '../../server/src/drivers/memory-snapshot-store.js';
import type { MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import { createMemoryLedger, type MemoryLedger } from '../../server/src/drivers/memory-ledger.js';
import { DEFAULT_GATEWAY_LIMITS } from '../../server/src/gateway/gateway-limits.js';
import { createGateway } from '../../server/src/gateway/gateway.js';
import { HOST_COMMANDS, HOST_EVENTS } from '../../server/src/ports/host-subjects.js';
import { createWriteBehind } from '../../server/src/services/persistence/write-behind.js';
import { DEFAULT_PIECES } from '../../server/src/services/query/view-turns.js';
import { createProcedures } from './calls/procedures.js';
import type { Defects } from './defects.js';
import type { Fault } from './faults.js';
import { lateTurns } from './late-turns.js';
import { rulesOf, type RuleBook } from './access/rule-books.js';
import { VERIFIER } from './access/users.js';
import type { PartitionHost } from '../../server/src/ports/partition-host.js';
import type { Identity } from '../../server/src/ports/identity.js';
import type { ConnectionWatch, ServerEnd } from './network.js';
import { createSeveralHosts } from './several-hosts.js';
import { DEFINITIONS } from './searches/plain-search.js';
import { createServerStores } from './server-stores.js';

/** The real server on a disk that outlives it, without sockets and processes. */
export interface GridServer extends ServerEnd {
  readonly ledger: MemoryLedger;
  readonly coldStore: MemoryColdStore;
  readonly book: RuleBook | null;
  /** Stopped by itself, as one does that another has replaced. */
  readonly isHalted: boolean;
  /** It is gone between two instructions. An append under way may or may not reach the disk. */
  crash(): void;
  /** It is gone with its machine: what was not synced is lost. */
  losePower(): void;
}

export interface GridServerOptions {
  readonly disk: MemoryDisk;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly hash: Hash64;
  readonly windowOps: number;
  readonly pushBytes?: number;
  readonly maxAppendMs: number;
  /** PI-25: so many share the partitions. */
  readonly hosts: number;
  readonly tombstonesMs?: number;
  /** QU-50: a view of more than one record is opened in turns, so many records in each. */
  readonly turnRecords?: number;
  readonly schema?: SchemaDefinition | undefined;
  /** What its users may do. Absent: everybody everything, and nobody is asked who they are. */
  readonly book?: RuleBook | undefined;
  readonly watch: (identity: Identity, book: RuleBook) => ConnectionWatch;
  readonly defects: Defects;
  readonly asks: (check: () => void) => void;
  readonly report: (what: string) => void;
  readonly timerRan: (what: string) => void;
  readonly fired: (fault: Fault) => void;
}

/** Put together as `createServer` does. Resolves when it has replayed its ledger. */
export async function startGridServer(options: GridServerOptions): Promise<GridServer> {
  const { book, disk, time, random, hash, report } = options;
  const device = time.device(options.defects.serverEndsEarly === true ? { skewMs: 120_000 } : {});
  const tombstonesMs = options.defects.serverForgetsAtOnce === true ? 1 : options.tombstonesMs;
  const limits = {
    ...DEFAULT_GATEWAY_LIMITS,
    windowOps: options.windowOps,
    ...(options.pushBytes === undefined ? {} : { pushBytes: options.pushBytes }),
    ...(options.defects.serverRefuses === true ? { keyBytes: 0 } : {}),
  };
  const ledger = createMemoryLedger(disk);
  const coldStore = createMemoryColdStore(disk);
  const snapshots = createMemorySnapshotStore(disk);
  const { turnRecords } = options;
  const ownTimers: Timers = {
    after: (delayMs, run) => device.timers.after(delayMs, () => (options.timerRan('the server'), run())),
  };
  const timers = turnRecords === undefined ? ownTimers : lateTurns(ownTimers, time.clock.now, random);
  const stores = createServerStores({ ...options, device, ledger, coldStore, snapshots });
  const log = {
    debug(message: string) {
      if (message.startsWith('an op waits')) options.fired('op-on-cold');
      if (message.startsWith('a query waits')) options.fired('query-while-loading');
    },
    info() {},
    warn(message: string, detail?: object) {
      if (message.startsWith('a client was told') && JSON.stringify(detail).includes('malformed')) report(message);
    },
    error() {},
  };
  const rules = book === undefined ? undefined : rulesOf(book, options.defects);
  // Of several hosts each sees its part of what one would.
  const snapshotPolicy = { ops: Math.ceil(100 / options.hosts), bytes: 60_000 };
  const createHost = (own: Required<MemberStores>, owns?: (partition: number) => boolean): PartitionHost =>
    createInProcessPartitionHost({
      ledger: own.ledger,
      snapshots: own.snapshots,
      snapshotPolicy,
      writeBehind: createWriteBehind({ coldStore: own.coldStore, timers, onFailure: () => {} }),
      hash,
      clock: device.clock,
      random,
      timers,
      log,
      limits,
      search: DEFINITIONS,
      ...(turnRecords === undefined
        ? {}
        : { pieces: { ...DEFAULT_PIECES, recordsAtOnce: 1, recordsPerStep: turnRecords } }),
      ...(tombstonesMs === undefined ? {} : { tombstonesMs }),
      ...(options.schema === undefined ? {} : { schema: options.schema }),
      ...(rules === undefined ? {} : { rules }),
      procedures: createProcedures(timers, options.defects),
      ...(owns === undefined ? {} : { owns }),
    });
  const { hosts } = options;
  const now = (): number => time.clock.now();
  // What hosts say to each other comes in its order, however late their turns are.
  const host =
    hosts === 1
      ? createHost(stores)
      : createSeveralHosts({
          hosts,
          stores,
          createHost,
          hash,
          random,
          timers: ownTimers,
          now,
          log,
          limits,
          rules,
          defects: options.defects,
          search: DEFINITIONS,
        });
  const bus = createInProcessBus();
  const started = await host.start();
  let isHalted = false;
  const crashed: (() => void)[] = [];
  host.onEvent((event) => {
    if (event.type === 'fenced' || event.type === 'ledger-lost' || event.type === 'ledger-damaged') isHalted = true;
    bus.publish(HOST_EVENTS, event);
  });
  bus.subscribe(HOST_COMMANDS, (command) => host.send(command));
  const gateway = createGateway({
    bus,
    ...started,
    limits,
    clock: device.clock,
    random,
    log,
    ...(book === undefined ? {} : { authentication: { verifier: VERIFIER, required: true } }),
  });

  function end(leaveDisk: () => void): void {
    leaveDisk();
    device.crash();
    for (const tell of crashed) tell();
  }

  return {
    gateway,
    book: book ?? null,
    watch: (identity) => (book === undefined ? null : options.watch(identity, book)),
    ledger,
    coldStore,
    get isHalted() {
      return isHalted;
    },
    onCrash: (told) => void crashed.push(told),
    crash: () => end(stores.crash),
    losePower: () => end(stores.losePower),
  };
}
