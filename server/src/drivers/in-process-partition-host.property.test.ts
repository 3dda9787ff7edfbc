import {
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  isVisible,
  wireToOp,
  type LwwRecord,
  type Op,
} from '@topgun/core/crdt';
import { parseQuery } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Hash64 } from '@topgun/core/primitives';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';
import type { AppendFault } from './memory-ledger.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const KEYS = ['a', 'b', 'c', '__proto__'];
const MAPS = ['m', 'n'];
const REPLICAS = ['r.0', 'r.1', 's.0'];

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'remove' as const),
  map: fc.constantFrom(...MAPS),
  key: fc.constantFrom(...KEYS),
  field: fc.constantFrom('x', 'y', '__proto__'),
  value: fc.integer({ min: 0, max: 3 }),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(2),
      writes: fc.array(write, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ type: 'wait' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      fault: fc.constantFrom<AppendFault>('fail', 'unknown-written', 'unknown-lost', 'unknown-late'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reconnect' as const), by: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.constantFrom({ type: 'hold' as const }, { type: 'release' as const }) },
);

function toOp(author: OpAuthor, { kind, map, key, field, value }: Write): Op {
  const fields: Record<string, number> = Object.defineProperty({}, field, { value, enumerable: true });
  switch (kind) {
    case 'create':
    case 'restart':
      return author.create(map, key, fields, kind === 'restart');
    case 'patch':
      return author.patch(map, key, fields);
    case 'remove':
      return author.remove(map, key);
  }
}

const placeOf = (map: string, key: string): string => `${map}\0${key}`;

/** Every op of the ledger in order, judged again by the plainest means: one record at a time, nothing staged. */
function judgeAgain(disk: MemoryDisk): { state: Map<string, LwwRecord>; decided: Map<string, 'accepted' | 'refused'> } {
  const state = new Map<string, LwwRecord>();
  const decided = new Map<string, 'accepted' | 'refused'>();
  for (const { bytes } of disk.segments) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    for (const { replica, ops } of segment.value.entries) {
      for (const [wire, verdict] of ops) {
        const op = wireToOp(replica, wire);
        if (!op.ok) throw new Error(op.error.message);
        const place = placeOf(op.value.map, op.value.key);
        const before = state.get(place);
        const absent = op.value.kind !== 'create' && (before?.existence ?? null) === null;
        expect(Array.isArray(verdict), `op ${replica}:${wire[0]}`).toBe(absent);
        const id = `${replica}:${wire[0]}`;
        expect(decided.has(id), `${id} is decided twice`).toBe(false);
        decided.set(id, absent ? 'refused' : 'accepted');
        if (!absent) state.set(place, applyOp(before ?? EMPTY_RECORD, op.value));
      }
    }
  }
  return { state, decided };
}

/** What the host shows of a map, by a query for all of it. */
function shown(started: TestHost, map: string): Map<string, string> {
  const query = parseQuery({});
  if (!query.ok) throw new Error('no query');
  started.host.send({ type: 'announce', session: 'reader', replicas: [] });
  const sub = started.events.length;
  started.host.send({ type: 'open-view', session: 'reader', sub, map, query: query.value, have: null });
  const opened = started.of('view-opened').at(-1);
  return new Map(opened?.rows.map(({ key, record }) => [key, canonicalRecord(record)]));
}

function visible(state: Map<string, LwwRecord>, map: string): Map<string, string> {
  const rows = [...state].filter(([place, record]) => place.startsWith(`${map}\0`) && isVisible(record));
  return new Map(rows.map(([place, record]) => [place.slice(map.length + 1), canonicalRecord(record)]));
}

const sorted = (rows: Map<string, string>): [string, string][] => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));

test('PI-2, PI-11: whatever fails in between, each op is decided once and the state is the merge of the accepted ones', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const disk = createMemoryDisk();
      const first = await startTestHost({ disk, hash });
      const authors = REPLICAS.map((replica) => new OpAuthor(replica, hash));
      const submitters = authors.map((author) => new TestSubmitter(author.replica, first.host, hash));
      first.host.onEvent((event) => submitters.forEach((each) => each.hear(event)));
      const sent: Op[] = [];
      let release: (() => void) | null = null;

      for (const each of steps) {
        if (each.type === 'submit') {
          const author = authors[each.by]!;
          const ops = each.writes.map((one) => toOp(author, one));
          sent.push(...ops);
          submitters[each.by]!.submit(...ops);
        } else if (each.type === 'fault') first.ledger.failNext(each.fault);
        else if (each.type === 'reconnect') submitters[each.by]!.connect();
        else if (each.type === 'hold') release ??= first.ledger.hold();
        else if (each.type === 'release') {
          release?.();
          release = null;
        } else await settle();
      }
      release?.();
      for (let turn = 0; submitters.some((each) => each.undecided.length > 0); turn += 1) {
        if (turn > 50) throw new Error('ops are left undecided');
        await settle();
      }
      await first.host.drain();

      const naive = judgeAgain(disk);
      expect([...naive.decided.keys()].sort()).toEqual(sent.map((op) => `${op.replica}:${op.seq}`).sort());
      for (const submitter of submitters) {
        for (const [seq, told] of submitter.told) {
          const refused = told.map((one) => one.startsWith('refused'));
          const truth = naive.decided.get(`${submitter.replica}:${seq}`) === 'refused';
          expect(refused, `op ${submitter.replica}:${seq} was told ${told.join(', ')}`).toEqual(told.map(() => truth));
        }
      }
      for (const map of MAPS) expect(sorted(shown(first, map))).toEqual(sorted(visible(naive.state, map)));

      // A restart says the same, of the records and of every op.
      const second = await startTestHost({ disk, hash });
      expect(second.started.position).toBe(disk.segments.length);
      for (const map of MAPS) expect(sorted(shown(second, map))).toEqual(sorted(visible(naive.state, map)));
      const again = submitters.map((each) => new TestSubmitter(each.replica, second.host, hash));
      second.host.onEvent((event) => again.forEach((each) => each.hear(event)));
      again.forEach((each) => each.resend(...sent.filter((op) => op.replica === each.replica)));
      await settle();
      expect(disk.segments.length).toBe(second.started.position);
      for (const each of again) {
        for (const op of sent.filter(({ replica }) => replica === each.replica)) {
          const truth = naive.decided.get(`${op.replica}:${op.seq}`) === 'refused';
          const told = each.told.get(op.seq) ?? [];
          expect(told.map((one) => one.startsWith('refused'))).toEqual([truth]);
        }
      }
    }),
    { numRuns: 150 },
  );
});
