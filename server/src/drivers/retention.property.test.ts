import { stampMillis } from '@topgun/core/clock';
import {
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  expiresAt,
  isVisible,
  latestStamp,
  SERVER_REPLICA,
  wireToOp,
  type LwwRecord,
  type Op,
} from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../adapters/xxhash.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';
import type { AppendFault } from './memory-ledger.js';

const NOW = 1_700_000_000_000;
const HORIZON_MS = 10_000;

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'create' as const, 'restart' as const, 'patch' as const, 'remove' as const),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  field: fc.constantFrom('x', 'y', ''),
  value: fc.constantFrom(undefined, 1, 2),
  ttlMs: fc.constantFrom(undefined, undefined, null, 1, 500, 3_000, 30_000),
  /** How long ago it was written, on a device that was away. */
  ageMs: fc.constantFrom(0, 0, 0, 2_000, 20_000),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      writes: fc.array(write, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.constantFrom(1, 400, 3_000, 11_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      fault: fc.constantFrom<AppendFault>('fail', 'unknown-written', 'unknown-lost', 'unknown-late'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'hold' as const }) },
  { weight: 2, arbitrary: fc.constant({ type: 'release' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'restart' as const }) },
);

function toOp(author: OpAuthor, { kind, key, field, value, ttlMs }: Write): Op {
  const fields = Object.defineProperty({}, field, { value, enumerable: true }) as Record<string, number>;
  if (kind === 'remove') return author.remove('m', key);
  const op = kind === 'patch' ? author.patch('m', key, fields) : author.create('m', key, fields, kind === 'restart');
  if (ttlMs === undefined) return op;
  return { ...op, expiresAt: ttlMs === null ? null : stampMillis(op.stamp) + ttlMs } as Op;
}

/** The ledger read by the plainest means, each of the server's own decisions held against what it was decided upon. */
function readLedger(disk: MemoryDisk): Map<string, LwwRecord> {
  const state = new Map<string, LwwRecord>();
  let ownSeq = 0;
  for (const { bytes } of disk.segments) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    for (const { replica, ops, forgotten } of segment.value.entries) {
      for (const [wire, verdict] of ops) {
        if (typeof verdict !== 'number') continue;
        const op = wireToOp(replica, wire);
        if (!op.ok) throw new Error(op.error.message);
        const { key, stamp, seq } = op.value;
        const before = state.get(key);
        if (replica === SERVER_REPLICA) {
          expect(op.value.kind).toBe('remove');
          expect(seq).toBeGreaterThan(ownSeq);
          ownSeq = seq;
          const end = expiresAt(before);
          expect(end, `${key} had no end`).not.toBeNull();
          expect(stampMillis(stamp)).toBeGreaterThanOrEqual(end!);
          expect(stamp > latestStamp(before!)).toBe(true);
        }
        state.set(key, applyOp(before ?? EMPTY_RECORD, op.value));
      }
      for (const [, key, stamp, field] of forgotten?.marks ?? []) {
        const before = state.get(key);
        if (before === undefined) throw new Error(`${key} was forgotten twice`);
        if (field === undefined) {
          expect(before.existence).toEqual({ op: 'remove', stamp });
          state.delete(key);
          continue;
        }
        expect(before.fields.get(field)).toEqual({ stamp, value: undefined });
        const fields = new Map(before.fields);
        fields.delete(field);
        const scalar = fields.get('');
        if (scalar !== undefined && scalar.stamp < stamp) fields.delete('');
        state.set(key, { ...before, fields });
      }
    }
  }
  return state;
}

function shown(hosted: TestHost): Map<string, string> {
  const query = parseQuery({});
  if (!query.ok) throw new Error('no query');
  hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
  hosted.host.send({ type: 'open-view', session: 'reader', sub: hosted.events.length, map: 'm', query: query.value });
  const rows = hosted.of('view-opened').at(-1)?.rows ?? [];
  return new Map(rows.map(({ key, record }) => [key, canonicalRecord(record)]));
}

const sorted = (rows: Iterable<readonly [string, string]>): (readonly [string, string])[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1));

test('CR-9, CR-10, PI-12: whatever fails and whenever it starts again, what has ended is removed once, what is old forgotten, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const disk = createMemoryDisk();
      let now = NOW;
      let hosted = await startTestHost({ disk, hash, now, tombstonesMs: HORIZON_MS });
      let release: (() => void) | null = null;
      let authors = 0;
      const submitters: TestSubmitter[] = [];
      const listen = (): void => void hosted.host.onEvent((event) => submitters.forEach((each) => each.hear(event)));
      listen();

      const goOn = async (): Promise<void> => {
        for (let turn = 0; turn < 6; turn += 1) {
          hosted.timers.runAll();
          await settle();
        }
      };
      for (const each of steps) {
        switch (each.type) {
          case 'submit': {
            const [first] = each.writes;
            const author = new OpAuthor(`r${(authors += 1)}.0`, hash, now - first!.ageMs);
            const submitter = new TestSubmitter(author.replica, hosted.host, hash);
            submitters.push(submitter);
            submitter.submit(...each.writes.map((one) => toOp(author, one)));
            break;
          }
          case 'time':
            now += each.ms;
            hosted.clock.now = now;
            hosted.timers.runAll();
            break;
          case 'fault':
            hosted.ledger.failNext(each.fault);
            break;
          case 'hold':
            release ??= hosted.ledger.hold();
            break;
          case 'release':
            release?.();
            release = null;
            break;
          case 'settle':
            await settle();
            break;
          default:
            release?.();
            release = null;
            await goOn();
            await hosted.host.stop();
            hosted = await startTestHost({ disk, hash, now, tombstonesMs: HORIZON_MS });
            listen();
            submitters.forEach((submitter) => submitter.connect(hosted.host));
        }
      }
      release?.();
      await goOn();
      hosted.clock.now = now += 1_000;
      await goOn();
      expect(submitters.flatMap(({ undecided }) => undecided)).toEqual([]);

      const state = readLedger(disk);
      const visible = [...state].filter(([, record]) => isVisible(record));
      for (const [key, record] of visible) {
        expect(expiresAt(record) ?? now + 1, `${key} has ended`).toBeGreaterThan(now);
      }
      const rows = sorted(visible.map(([key, record]) => [key, canonicalRecord(record)]));
      expect(sorted(shown(hosted))).toEqual(rows);

      // A long time after, nothing is left of what is gone, here and in the cold store.
      for (let i = 0; i < 2; i += 1) {
        hosted.clock.now = now += 5 * HORIZON_MS;
        await goOn();
      }
      await hosted.host.drain();
      const rest = readLedger(disk);
      for (const [key, record] of rest) {
        expect(isVisible(record), `${key} is a tombstone`).toBe(true);
        for (const { value } of record.fields.values()) expect(value).not.toBeUndefined();
      }
      const cold = await hosted.coldStore.rows('m');
      expect(sorted(cold.map((row) => [row.key, row.state!]))).toEqual(
        sorted([...rest].map(([key, record]) => [key, canonicalRecord(record)])),
      );
      const again = await startTestHost({ disk, hash, now, tombstonesMs: HORIZON_MS });
      expect(sorted(shown(again))).toEqual(sorted([...rest].map(([key, record]) => [key, canonicalRecord(record)])));
      const length = disk.segments.length;
      again.timers.runAll();
      await settle();
      expect(disk.segments.length).toBe(length);
    }),
    { numRuns: 150 },
  );
});
