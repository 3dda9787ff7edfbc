import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { Hash64 } from '../../packages/core/src/primitives/index.js';
import type { Rules } from '../../packages/core/src/rules/index.js';
import { createCompositePartitionHost } from '../../server/src/drivers/composite/composite-partition-host.js';
import { createSharedLedger } from '../../server/src/drivers/composite/shared-ledger.js';
import { createSharedStores, type MemberStores } from '../../server/src/drivers/composite/shared-stores.js';
import { memberOf } from '../../server/src/drivers/worker/member-of.js';
import type { Logger, Timers } from '../../server/src/ports/environment.js';
import { NO_SESSION, type PartitionHost } from '../../server/src/ports/partition-host.js';
import type { SearchDefinitions } from '../../server/src/services/search/read-search.js';
import type { Defects } from './defects.js';
import type { ServerStores } from './server-stores.js';

export interface SeveralHostsOptions {
  readonly hosts: number;
  readonly stores: ServerStores;
  readonly createHost: (stores: Required<MemberStores>, owns: (partition: number) => boolean) => PartitionHost;
  readonly hash: Hash64;
  readonly random: SeededRandom;
  readonly timers: Timers;
  readonly now: () => number;
  readonly log: Logger;
  readonly limits: { readonly wholeMapRows: number; readonly windowOps: number };
  readonly rules: Rules | undefined;
  readonly defects: Defects;
  readonly search: SearchDefinitions;
}

/** The longest a message between hosts and the server takes. */
const MOST_MS = 4;

/** PI-51 without threads: what passes to each host and from it takes its own time, in its order. */
export function createSeveralHosts(options: SeveralHostsOptions): PartitionHost {
  const { createHost, hash, hosts, limits, log, random, rules, search, stores, timers } = options;
  const shared = createSharedLedger({ ledger: stores.ledger, timers, log });
  const members: PartitionHost[] = [];
  const own = createSharedStores({
    ledger: stores.ledger,
    shared,
    coldStore: stores.coldStore,
    snapshots: stores.snapshots,
    members: hosts,
    askForSnapshots: (member) => members[member]?.send({ type: 'take-snapshots', session: NO_SESSION }),
    // About the hundred ops after which one host takes a snapshot here.
    logBytes: 8_000,
  });
  for (const [index, { coldStore, ledger, snapshots }] of own.entries()) {
    if (snapshots === undefined) throw new Error('servers take snapshots');
    const stores = askedLate({ coldStore, ledger, snapshots }, options);
    const host = createHost(stores, (partition) => memberOf(partition, hosts) === index);
    members.push(delayed(host, options));
  }
  return createCompositePartitionHost({
    members,
    ledger:
      options.defects.partsGoAlone === true
        ? { ...shared, expectJoint: (of) => shared.expectJoint(of, NOBODY) }
        : shared,
    memberOf: (partition) => memberOf(partition, hosts),
    hash,
    random,
    timers,
    log,
    limits,
    search,
    ...(rules === undefined ? {} : { rules }),
  });
}

const NOBODY: ReadonlySet<number> = new Set();

/** A way that everything takes in its order, each in its own time. */
function createWay({ now, random, timers }: SeveralHostsOptions): (run: () => void) => void {
  let last = 0;
  return (run) => {
    last = Math.max(last, now() + random.integer(MOST_MS + 1));
    timers.after(last - now(), run);
  };
}

function delayed(host: PartitionHost, options: SeveralHostsOptions): PartitionHost {
  const [to, from] = [createWay(options), createWay(options)];
  return {
    ...host,
    send: (command) => to(() => host.send(command)),
    onEvent: (listener) => host.onEvent((event) => from(() => listener(event))),
  };
}

/**
 * What a host asks of the database goes a way of its own: it may come before or after what it has said, and the answer when others know it long since. What it
 * reads as it starts is there at once: while a server starts no time passes.
 */
function askedLate(stores: Required<MemberStores>, options: SeveralHostsOptions): Required<MemberStores> {
  const { coldStore, ledger, snapshots } = stores;
  const [to, from] = [createWay(options), createWay(options)];
  const late = <Answer>(ask: () => Promise<Answer>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      to(() => {
        ask().then(
          (answer) => from(() => resolve(answer)),
          (error: unknown) => from(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      });
    });
  return {
    ledger: {
      ...ledger,
      append: (segment, joint) => late(() => ledger.append(segment, joint)),
      renew: () => late(() => ledger.renew()),
      trim: (through) => late(() => ledger.trim(through)),
    },
    coldStore: {
      ...coldStore,
      write: (rows, through) => late(() => coldStore.write(rows, through)),
    },
    snapshots: {
      ...snapshots,
      records: (partition) => late(() => snapshots.records(partition)),
      write: (epoch, written, progress) => late(() => snapshots.write(epoch, written, progress)),
    },
  };
}
