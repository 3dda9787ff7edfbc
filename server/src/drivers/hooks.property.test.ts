import {
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  isVisible,
  wireToOp,
  type LwwRecord,
  type Op,
} from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import type { BeforeOpResult, ServerHooks } from '../services/hooks/server-hooks.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestComposite } from '../testing/test-composite.js';
import { settle, startTestHost } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';

// Hooks that answer whenever they like, change, refuse, fail or are late, while appends fail and connections are replaced.

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const REPLICAS = ['r.0', 'r.1', 's.0'];
const KEYS = ['a', 'b', 'c'];

const write = fc.record({ isCreate: fc.boolean(), key: fc.constantFrom(...KEYS), value: fc.nat(9) });
const answers = fc.constantFrom('as it is', 'changed', 'refused', 'throws');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ by: fc.nat(2), writes: fc.array(write, { minLength: 1, maxLength: 4 }) }) },
  { weight: 8, arbitrary: fc.record({ answer: answers, of: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ reconnect: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constantFrom('fail' as const, 'unknown-written' as const, 'time' as const) },
);

interface Call {
  readonly op: Op['key'];
  readonly replica: string;
  settle(result: BeforeOpResult): void;
  fail(): void;
}

/** The ledger, op by op: of each replica and partition in the order of sequences, each once, and what it makes of the records. */
function readLedger(disk: MemoryDisk) {
  const state = new Map<string, LwwRecord>();
  const last = new Map<string, number>();
  const codes = new Map<string, string | null>();
  for (const { bytes } of disk.segments) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    for (const { partition, replica, ops } of segment.value.entries) {
      for (const [wire, verdict] of ops) {
        const stream = `${replica} ${partition}`;
        expect(wire[0], `${stream} goes back`).toBeGreaterThan(last.get(stream) ?? 0);
        last.set(stream, wire[0]);
        codes.set(`${replica}:${wire[0]}`, Array.isArray(verdict) ? (verdict[0] as string) : null);
        if (Array.isArray(verdict)) continue;
        const op = wireToOp(replica, wire, { keyBytes: 99, allowsEmptyPatch: true });
        if (!op.ok) throw new Error(op.error.message);
        state.set(op.value.key, applyOp(state.get(op.value.key) ?? EMPTY_RECORD, op.value));
      }
    }
  }
  return { state, codes };
}

test.each([
  { rules: 'HK-1, HK-3, PI-11', hosts: 1, numRuns: 150 },
  { rules: 'HK-1, HK-3, HK-7, PI-11', hosts: 3, numRuns: 100 },
])(
  '$rules: however hooks answer, each op is decided once, in its order, as the last answer to it says; $hosts hosts',
  async ({ hosts, numRuns }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const disk = createMemoryDisk();
        const open: Call[] = [];
        const active = new Map<string, number>();
        const begin = (hooks: ServerHooks) =>
          hosts === 1
            ? startTestHost({ disk, hash, hooks })
            : startTestComposite({ disk, hash, hooks, members: hosts });
        const hosted = await begin({
          beforeOp(op, { replica, signal }) {
            // HK-1: of one replica no two at once, in each host.
            const line = `${replica} ${partitionOf(hash, 'm', op.key) % hosts}`;
            active.set(line, (active.get(line) ?? 0) + 1);
            expect(active.get(line)).toBe(1);
            const done = (): void => void active.set(line, active.get(line)! - 1);
            return new Promise((resolve, reject) => {
              const call: Call = {
                op: op.key,
                replica,
                settle: (result) => (done(), resolve(result)),
                fail: () => (done(), reject(new Error('of its own'))),
              };
              open.push(call);
              signal.addEventListener('abort', () => (open.splice(open.indexOf(call), 1), done()));
            });
          },
        });
        const authors = REPLICAS.map((replica) => new OpAuthor(replica, hash));
        const submitters = authors.map(({ replica }) => new TestSubmitter(replica, hosted.host, hash));
        const base = new Map<string, Map<string, LwwRecord>>(REPLICAS.map((replica) => [replica, new Map()]));
        const sent = new Map<string, Op>();
        hosted.host.onEvent((event) => {
          // What an author makes of what it is told: the op that was changed in the place of the one that was sent.
          if (event.type === 'committed') {
            for (const { replica, accepted, changed } of event.verdicts) {
              const bySeq = new Map(changed.map((wire) => [wire[0], wire]));
              for (const [seq] of accepted) {
                const op = sent.get(`${replica}:${seq}`)!;
                const told = bySeq.get(seq);
                const stored =
                  told === undefined ? op : wireToOp(replica, told, { keyBytes: 99, allowsEmptyPatch: true });
                const merged = 'ok' in stored ? (stored.ok ? stored.value : op) : stored;
                const own = base.get(replica)!;
                own.set(op.key, applyOp(own.get(op.key) ?? EMPTY_RECORD, merged));
              }
            }
          }
          for (const submitter of submitters) submitter.hear(event);
        });
        const answer = (call: Call, how: string, n: number): void => {
          open.splice(open.indexOf(call), 1);
          if (how === 'throws') call.fail();
          else if (how === 'refused') call.settle({ refused: 'no' });
          else call.settle(how === 'changed' ? { fields: { by: n } } : undefined);
        };
        for (const [n, each] of steps.entries()) {
          if (typeof each === 'string') {
            if (each === 'time') hosted.timers.runAll();
            else hosted.ledger.failNext(each);
          } else if ('writes' in each) {
            const author = authors[each.by]!;
            const ops = each.writes.map(({ isCreate, key, value }) =>
              isCreate ? author.create('m', key, { value }) : author.patch('m', key, { value }),
            );
            for (const op of ops) sent.set(`${op.replica}:${op.seq}`, op);
            submitters[each.by]!.submit(...ops);
          } else if ('reconnect' in each) submitters[each.reconnect]!.connect();
          else if (open.length > 0) answer(open[each.of % open.length]!, each.answer, n);
          await settle();
        }
        for (let turn = 0; submitters.some(({ undecided }) => undecided.length > 0); turn += 1) {
          if (turn > 500) throw new Error('ops are left undecided');
          if (open.length > 0) answer(open[0]!, 'as it is', 0);
          await settle();
        }
        await hosted.host.drain();

        const { state, codes } = readLedger(disk);
        expect([...codes.keys()].sort()).toEqual([...sent.keys()].sort());
        for (const { replica, told } of submitters) {
          for (const [seq, each] of told) {
            const code = codes.get(`${replica}:${seq}`);
            for (const one of each) expect(one.startsWith('refused') ? one.slice(9) : null).toBe(code);
          }
        }
        // What is in memory is what the ledger says.
        const query = parseQuery({});
        if (!query.ok) throw new Error('no query');
        hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
        hosted.host.send({ type: 'open-view', session: 'reader', sub: 1, map: 'm', query: query.value });
        await settle();
        const opened = hosted.events.findLast((event) => event.type === 'view-opened');
        const shown = opened!.rows.map(({ key, record }) => [key, canonicalRecord(record)]);
        const naive = [...state].filter(([, record]) => isVisible(record));
        expect(shown.sort()).toEqual(naive.map(([key, record]) => [key, canonicalRecord(record)]).sort());
        // And no author holds anything that the server does not.
        for (const own of base.values()) {
          for (const [key, record] of own) {
            for (const [name, { stamp, value }] of record.fields) {
              const held = state.get(key)!.fields.get(name);
              if (held?.stamp === stamp) expect(value).toEqual(held.value);
              else expect(held !== undefined && held.stamp > stamp, `${key}.${name} of ${stamp}`).toBe(true);
            }
          }
        }
      }),
      { numRuns },
    );
  },
);
