import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { Op, OpBody } from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createFakeServer } from './fake-server.js';
import type { FakeServer } from './fake-server-controls.js';
import { openFakeTab, type FakeTab, type FakeTabOptions } from './fake-tab.js';
import { createMemoryTabs, type MemoryTabs } from './memory-tabs.js';
import { createMemoryTransport, type MemoryTransport } from './memory-transport.js';
import { createSeededRandom } from './seeded-random.js';
import { createVirtualTime, type VirtualDevice, type VirtualTime } from './virtual-time.js';

/** One browser with as many tabs as a test opens, and one server, in virtual time. */
export interface FakeWorld {
  readonly time: VirtualTime;
  readonly transport: MemoryTransport;
  readonly server: FakeServer;
  readonly tabs: MemoryTabs;
  readonly adapter: MemoryAdapter;
  open(options?: Partial<FakeTabOptions> & { readonly device?: VirtualDevice }): Promise<FakeTab>;
  /** A write of another device, at this moment of true time. */
  writeElsewhere(map: string, key: string, body: OpBody): Op;
}

export function createFakeWorld(
  limits: NonNullable<Parameters<typeof createFakeServer>[0]['limits']> = {},
  tabs: MemoryTabs = createMemoryTabs(),
): FakeWorld {
  const time = createVirtualTime();
  const transport = createMemoryTransport();
  const server = createFakeServer({ transport, clock: time.clock, limits });
  const adapter = new MemoryAdapter({ random: createSeededRandom(7) });
  let opened = 0;
  let written = 0;
  return {
    time,
    transport,
    server,
    tabs,
    adapter,
    async open(options = {}) {
      opened += 1;
      const tab = await openFakeTab({ tabs, adapter, transport, seed: opened, device: time.device(), ...options });
      await time.settle();
      return tab;
    },
    writeElsewhere(map, key, body) {
      written += 1;
      const replica = 'elsewhere.0' as ReplicaId;
      const stamp = encodeStamp({ millis: Math.floor(time.clock.now()), counter: written, replica });
      const op: Op = { ...body, replica, seq: written, stamp, map, key };
      server.write(op);
      return op;
    },
  };
}

type Fields = Readonly<Record<string, string | boolean | number>>;

const writes = (fields: Fields) => Object.entries(fields).map(([name, value]) => ({ name, value }));

export const creates = (fields: Fields): OpBody => ({ kind: 'create', restart: false, fields: writes(fields) });
export const patches = (fields: Fields): OpBody => ({ kind: 'patch', fields: writes(fields) });
export const REMOVES: OpBody = { kind: 'remove' };

/** A query for everything. */
export const WHOLE: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
export const whereEquals = (field: string, value: string | boolean | number): Query => ({
  where: { type: 'eq', path: [field], value },
  sort: [],
  limit: null,
});
