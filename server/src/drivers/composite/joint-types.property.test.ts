import { typeOfOp, wireToOp, type MapType, type Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { AS_IT_WAS_TAKEN } from '../../services/crdt/replay-segment.js';
import { decodeSegment } from '../../services/persistence/segment-codec.js';
import { HeldLines, type HeldWay } from '../../testing/held-lines.js';
import { KeepingClient } from '../../testing/keeping-client.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from '../memory-disk.js';
import type { AppendFault } from '../memory-ledger.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const MEMBERS = 3;
const MAPS = ['k', 'l', 'm', 'n'];
const KINDS = ['record', 'set', 'counter'] as const satisfies readonly MapType[];

const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(2),
      isTransaction: fc.boolean(),
      map: fc.constantFrom(...MAPS),
      kind: fc.constantFrom(...KINDS),
      members: fc.uniqueArray(fc.nat(MEMBERS - 1), { minLength: 1 }),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      way: fc.constantFrom<HeldWay>('to', 'from'),
      member: fc.nat(MEMBERS - 1),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('append' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      fault: fc.constantFrom<AppendFault>('fail', 'unknown-written', 'unknown-lost'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('reconnect' as const), by: fc.nat(2), isTold: fc.boolean() }) },
);

interface Decided {
  readonly verdict: string;
  readonly position: number;
  /** Of one that was taken. */
  readonly of: { readonly map: string; readonly holds: MapType } | null;
}

function decidedOn({ segments }: MemoryDisk): ReadonlyMap<string, Decided> {
  const decided = new Map<string, Decided>();
  for (const { bytes, position } of segments) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    for (const { replica, ops } of segment.value.entries) {
      for (const [wire, verdict] of ops) {
        const id = `${replica}:${wire[0]}`;
        expect(decided.has(id), `${id} is decided twice`).toBe(false);
        const op = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
        if (!op.ok) throw new Error(op.error.message);
        const of = { map: op.value.map, holds: typeOfOp(op.value) };
        const isTaken = typeof verdict === 'number';
        decided.set(id, { verdict: isTaken ? 'accepted' : verdict[0], position, of: isTaken ? of : null });
      }
    }
  }
  return decided;
}

function opOf(author: OpAuthor, kind: MapType, map: string, key: string): Op {
  if (kind === 'record') return author.create(map, key, { n: 1 });
  return kind === 'set' ? author.add(map, key, 'x') : author.count(map, key, 1);
}

const idOf = ({ replica, seq }: Op): string => `${replica}:${seq}`;

test('CR-7, CR-12, PI-25, PI-27: whichever host is late, or fails, a map holds one thing in all of them, transactions are whole, and everybody is told what is so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 40, maxLength: 160, size: 'max' }), async (acts) => {
      const disk = createMemoryDisk();
      const lines = new HeldLines();
      const { host, ledger, timers } = await startTestComposite({
        disk,
        hash,
        members: MEMBERS,
        between: lines.between,
      });
      const server = { host, lineage: disk.lineage };
      const clients = ['r.0', 's.0', 't.0'].map((replica) => new KeepingClient(new OpAuthor(replica, hash)));
      host.onEvent((event) => clients.forEach((client) => client.hear(event)));
      for (const client of clients) client.connect(server);
      const sent: string[] = [];
      const transactions: string[][] = [];
      let release = ledger.hold();
      for (const one of acts) {
        switch (one.type) {
          case 'submit': {
            const client = clients[one.by]!;
            const ops = one.members.map((member) => opOf(client.author, one.kind, one.map, keyOf(one.map, member)));
            sent.push(...ops.map(idOf));
            const isTransaction = one.isTransaction && ops.length > 1;
            if (isTransaction) transactions.push(ops.map(idOf));
            client.submit(ops, isTransaction);
            break;
          }
          case 'pass':
            for (let left = one.count; left > 0; left -= 1) lines.letThrough(one.way, one.member);
            break;
          case 'append':
            release();
            release = ledger.hold();
            break;
          case 'fault':
            ledger.failNext(one.fault);
            break;
          case 'reconnect':
            if (one.isTold) clients[one.by]!.leave();
            clients[one.by]!.connect(server);
            break;
        }
        await settle();
      }
      release();
      lines.open();
      for (let turn = 0; turn < 60 && !(turn > 4 && clients.every(({ isIdle }) => isIdle)); turn += 1) {
        await settle();
        timers.runAll();
      }

      const decided = decidedOn(disk);
      expect([...decided.keys()].filter((id) => !id.startsWith('.')).toSorted()).toEqual(sent.toSorted());
      const holds = new Map<string, Set<MapType>>();
      for (const { of } of decided.values()) {
        if (of !== null) holds.set(of.map, (holds.get(of.map) ?? new Set()).add(of.holds));
      }
      expect([...holds].filter(([, types]) => types.size > 1)).toEqual([]);
      for (const ids of transactions) {
        const parts = ids.map((id) => decided.get(id)!);
        expect(new Set(parts.map(({ position }) => position)).size, ids.join()).toBe(1);
        expect(new Set(parts.map(({ verdict }) => verdict === 'accepted')).size, ids.join()).toBe(1);
      }
      for (const { author, told } of clients) {
        for (const [seq, verdict] of told) expect(verdict).toBe(decided.get(`${author.replica}:${seq}`)?.verdict);
      }
      // One host reads it, too.
      await startTestHost({ disk, hash });
    }),
    { numRuns: 200 },
  );
});

/** A key of the map in a partition of this host: the hosts have the partitions by turns. */
function keyOf(map: string, member: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(hash, map, `k${i}`) % MEMBERS === member) return `k${i}`;
}
