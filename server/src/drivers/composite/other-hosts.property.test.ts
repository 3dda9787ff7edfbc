import type { Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { SERVER_REPLICA } from '@topgun/core/crdt';
import { WHOLE_MAP } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent } from '../../ports/partition-host.js';
import { lineageAfter } from '../../services/persistence/replay.js';
import { decodeSegment, encodeSegment } from '../../services/persistence/segment-codec.js';
import type { Segment } from '../../services/persistence/segment.js';
import { HeldLines } from '../../testing/held-lines.js';
import type { ManualTimers } from '../../testing/manual-timers.js';
import { OpAuthor } from '../../testing/op-author.js';
import { KeepingClient, type FoundServer } from '../../testing/keeping-client.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { copyMemoryDisk, createMemoryDisk, lastPosition, type MemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const MOST_HOSTS = 3;
/** Hosts have the partitions by turns: by what these leave of six, they lie in all hosts there may be. */
const PLACES = 6;
/** The disk as it was after each of the last commits. */
const MOST_BACKUPS = 20;
const STORED = { snapshotPolicy: { ops: 4, bytes: 1_000_000 }, logBytes: 400 };

const hosts = fc.integer({ min: 1, max: MOST_HOSTS });
const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(1),
      isTransaction: fc.boolean(),
      places: fc.uniqueArray(fc.nat(PLACES - 1), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      member: fc.nat(MOST_HOSTS - 1),
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('time' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), hosts }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('put-back' as const), hosts, back: fc.nat(MOST_BACKUPS - 1) }),
  },
);

interface Server extends FoundServer {
  readonly timers: ManualTimers;
  readonly lines: HeldLines;
  readonly members: number;
}

async function start(disk: MemoryDisk, members: number, hear: (event: HostEvent) => void): Promise<Server> {
  const lines = new HeldLines();
  const started =
    members === 1
      ? await startTestHost({ disk, hash, ...STORED })
      : await startTestComposite({ disk, hash, members, between: lines.between, ...STORED });
  // What hosts say is not what this is about.
  lines.open('from');
  // The same on both: the name that the history has where the log ends.
  let lineage = namedAtTheEnd(disk);
  started.host.onEvent((event) => {
    if (event.type === 'history-changed') ({ lineage } = event);
    hear(event);
  });
  return {
    host: started.host,
    timers: started.timers,
    lines,
    members,
    get lineage() {
      return lineage;
    },
  };
}

function decoded(bytes: Uint8Array): Segment {
  const segment = decodeSegment(bytes);
  if (!segment.ok) throw new Error(segment.error.reason);
  return segment.value;
}

function namedAtTheEnd({ lineage, segments }: MemoryDisk): string {
  const last = segments.at(-1);
  return last === undefined ? lineage : lineageAfter(decoded(last.bytes));
}

/** As `topgun-server restore` does: the history goes on under another name. */
function putBack(backup: MemoryDisk, nth: number): MemoryDisk {
  const disk = copyMemoryDisk(backup);
  const position = lastPosition(disk) + 1;
  const entries = [{ partition: 0, replica: SERVER_REPLICA, ops: [], lineage: `put back ${nth}` }];
  const bytes = encodeSegment({ lineage: namedAtTheEnd(disk), position, entries });
  disk.segments.push({ position, epoch: disk.epoch, bytes });
  return disk;
}

/** Where the ledger has each op that it took, refused ones not. */
function takenOn({ segments, trimmed }: MemoryDisk): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const { bytes, position } of [...trimmed, ...segments]) {
    for (const { replica, ops } of decoded(bytes).entries) {
      for (const [[seq], verdict] of ops) {
        expect(taken.has(`${replica}:${seq}`), `${replica}:${seq} is decided twice`).toBe(false);
        if (typeof verdict === 'number') taken.set(`${replica}:${seq}`, position);
      }
    }
  }
  return taken;
}

const idOf = ({ replica, seq }: Op): string => `${replica}:${seq}`;

test('SY-2, PI-11, PI-26, PI-50, CR-12: whatever number of hosts goes on where another left off, also from a backup, nothing that was written is lost, nor there twice or in part', async () => {
  const keys = Array.from({ length: PLACES }, (_, place) => keyOf(place));
  await fc.assert(
    fc.asyncProperty(
      hosts,
      fc.array(act, { minLength: 40, maxLength: 140, size: 'max' }),
      hosts,
      async (first, acts, last) => {
        let disk = createMemoryDisk();
        const backups: MemoryDisk[] = [];
        const clients = ['r.0', 's.0'].map((replica) => new KeepingClient(new OpAuthor(replica, hash)));
        const transactions: (readonly Op[])[] = [];
        const sent: Op[] = [];
        let lives = 0;
        const startNext = async (members: number): Promise<Server> => {
          const life = (lives += 1);
          const next = await start(disk, members, (event) => {
            if (life === lives) for (const client of clients) client.hear(event);
          });
          for (const client of clients) client.connect(next);
          return next;
        };
        let server = await startNext(first);

        for (const one of acts) {
          switch (one.type) {
            case 'submit': {
              const client = clients[one.by]!;
              const ops = one.places.map((place) =>
                client.author.create('m', keys[place]!, { n: sent.length + place }),
              );
              sent.push(...ops);
              const isTransaction = one.isTransaction && ops.length > 1;
              if (isTransaction) transactions.push(ops);
              client.submit(ops, isTransaction);
              break;
            }
            case 'pass':
              for (let left = one.count; left > 0; left -= 1) server.lines.letThrough('to', one.member);
              break;
            case 'time':
              server.timers.runAll();
              break;
            case 'restart':
              server = await startNext(one.hosts);
              break;
            case 'put-back': {
              const backup = backups.at(-1 - (one.back % Math.max(1, backups.length)));
              if (backup === undefined) break;
              disk = putBack(backup, lives);
              server = await startNext(one.hosts);
              break;
            }
          }
          await settle();
          if (lastPosition(disk) !== lastPosition(backups.at(-1) ?? createMemoryDisk()))
            backups.push(copyMemoryDisk(disk));
          if (backups.length > MOST_BACKUPS) backups.shift();
        }
        server = await startNext(last);
        server.lines.open();
        for (let turn = 0; turn < 60 && !(turn > 4 && clients.every(({ isIdle }) => isIdle)); turn += 1) {
          await settle();
          server.timers.runAll();
        }

        const taken = takenOn(disk);
        expect([...taken.keys()].filter((id) => !id.startsWith('.')).toSorted()).toEqual(sent.map(idOf).toSorted());
        for (const ops of transactions) {
          expect(new Set(ops.map((op) => taken.get(idOf(op)))).size, ops.map(idOf).join()).toBe(1);
        }
        for (const { told } of clients)
          for (const [seq, verdict] of told) expect(`${seq} ${verdict}`).toBe(`${seq} accepted`);
        await showsTheSame(disk, sent, last);
      },
    ),
    { numRuns: 100 },
  );
});

/** Any number of hosts shows of each record what was written last. */
async function showsTheSame(disk: MemoryDisk, sent: readonly Op[], before: number): Promise<void> {
  const latest = new Map<string, Op>();
  for (const op of sent) if ((latest.get(op.key)?.stamp ?? '') < op.stamp) latest.set(op.key, op);
  const shown: [string, unknown][] = [];
  const next = await start(disk, (before % MOST_HOSTS) + 1, (event) => {
    if (event.type !== 'view-opened') return;
    for (const { key, record } of event.rows ?? []) shown.push([key, record.fields.get('n')?.value]);
  });
  next.lines.open();
  next.host.send({ type: 'announce', session: 'x', replicas: [] });
  next.host.send({ type: 'open-view', session: 'x', sub: 1, map: 'm', query: WHOLE_MAP });
  for (let turn = 0; turn < 200 && shown.length < latest.size; turn += 1) {
    await settle();
    next.timers.runAll();
  }
  const expected = [...latest.values()].map((op) => [op.key, 'fields' in op ? op.fields[0]?.value : undefined]);
  expect(shown.toSorted()).toEqual(expected.toSorted());
}

/** A key in a partition of which the number leaves this of six. */
function keyOf(place: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(hash, 'm', `k${i}`) % PLACES === place) return `k${i}`;
}
