import { applyDecided, materialize, wireToOp, type LwwRecord } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { procedureOf } from '../services/procedures/procedure.js';
import { OpAuthor } from '../testing/op-author.js';
import { TestCaller } from '../testing/test-caller.js';
import { HeldLines } from '../testing/held-lines.js';
import { startTestComposite } from '../testing/test-composite.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';

// Calls that await and calls that do not, asked again and again, while others write, appends fail, and the server is another one all of a sudden.

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ call: fc.nat(9), waits: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ open: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ write: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constantFrom('fail' as const, 'unknown-written' as const, 'unknown-lost' as const) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
  { weight: 3, arbitrary: fc.constant('settle' as const) },
  { weight: 30, arbitrary: fc.record({ pass: fc.constantFrom('to' as const, 'from' as const), member: fc.nat(2) }) },
);

interface Schema {
  totals: { sum: number; note?: number };
  places: { at: number };
  ids: string;
}

/** What is kept of their calls lies in a host each. */
const CALLERS = ['device', 'phone', 'tablet'];

/** What the ledger's ops make of the records, by map and key. */
function readLedger(disk: MemoryDisk): Map<string, unknown> {
  const records = new Map<string, LwwRecord>();
  for (const { bytes } of disk.segments) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    for (const { replica, ops } of segment.value.entries) {
      for (const [wire, verdict] of ops) {
        const op = wireToOp(replica, wire, { keyBytes: 99, allowsEmptyPatch: true });
        if (!op.ok) throw new Error(op.error.message);
        const place = `${op.value.map}/${op.value.key}`;
        if (!Array.isArray(verdict)) records.set(place, applyDecided(records.get(place), op.value));
      }
    }
  }
  return new Map([...records].map(([place, record]) => [place, materialize(record)]));
}

test.each([
  { rules: 'PR-2, PR-3, PR-4', hosts: 1, numRuns: 40 },
  { rules: 'PR-2, PR-3, PR-4, PR-8, PR-9', hosts: 3, numRuns: 60 },
])(
  '$rules: whatever happens, each call has its effect once, as if calls had run one after the other, and its answer is that of the run that counts; $hosts hosts',
  async ({ hosts, numRuns }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 * hosts }), async (steps) => {
        const disk = createMemoryDisk();
        const gates: (() => void)[] = [];
        const procedure = procedureOf<Schema>();
        const take = procedure({
          async run({ map, orMap, counter }, id: string) {
            counter('calls').increment();
            orMap('ids').add('all', id);
            const sum = (map('totals').get('all')?.sum ?? 0) + 1;
            await new Promise<void>((resolve) => gates.push(resolve));
            map('places').set(id, { at: sum });
            map('totals').update('all', (all) => ({ ...all, sum }));
            return sum;
          },
        });
        const takeAtOnce = procedure({
          run({ map, orMap, counter }, id: string) {
            counter('calls').add(1);
            orMap('ids').add('all', id);
            const sum = map('places').query().length + 1;
            map('totals').update('all', (all) => ({ ...all, sum }));
            map('places').set(id, { at: sum });
            return sum;
          },
        });
        let hosted: Pick<TestHost, 'host' | 'ledger' | 'timers'>;
        let lines = new HeldLines();
        let callers: readonly TestCaller[] = [];
        let submitter: TestSubmitter | null = null;
        const author = new OpAuthor('r.0', hash);
        const answers = new Map<string, Set<unknown>>();
        const note = (): void => {
          for (const [id, told] of callers.flatMap((caller) => [...caller.told])) {
            const seen = answers.get(id) ?? new Set();
            answers.set(id, seen);
            for (const one of told) if (typeof one === 'number') seen.add(one);
          }
        };
        let generation = 0;
        const begin = async (): Promise<void> => {
          const procedures = { take, takeAtOnce };
          lines = new HeldLines();
          hosted =
            hosts === 1
              ? await startTestHost({ disk, hash, procedures })
              : await startTestComposite({ disk, hash, procedures, members: hosts, between: lines.between });
          generation += 1;
          callers = CALLERS.map((name) => new TestCaller(hosted.host, name, undefined, `${name}#${generation}`));
          submitter ??= new TestSubmitter(author.replica, hosted.host, hash);
          submitter.connect(hosted.host);
          hosted.host.onEvent((event) => submitter!.hear(event));
          hosted.timers.runAll();
          await settle();
        };
        await begin();
        const nameOf = new Map<number, string>();
        const ask = (call: number, waits: boolean): void => {
          const name = nameOf.get(call) ?? (waits ? 'take' : 'takeAtOnce');
          nameOf.set(call, name);
          callers[call % callers.length]!.call(`c${call}`, name, `c${call}`);
        };
        for (const one of steps) {
          if (one === 'settle') await settle();
          else if (one === 'restart') {
            note();
            await begin();
          } else if (typeof one === 'string') hosted!.ledger.failNext(one);
          else if ('pass' in one) {
            lines.letThrough(one.pass, one.member);
            await settle();
          } else if ('call' in one) ask(one.call, one.waits);
          else if ('write' in one) submitter!.submit(author.create('totals', 'all', { note: one.write }));
          else gates.splice(one.open % Math.max(1, gates.length), 1)[0]?.();
        }
        lines.open();
        // Whoever has no answer goes on asking.
        for (let round = 0; round < 40; round += 1) {
          for (const gate of gates.splice(0)) gate();
          await settle();
          // An append whose outcome is unknown is looked up after a while; what runs for too long is ended by the same.
          if (gates.length === 0) hosted!.timers.runAll();
          await settle();
          note();
          for (const call of nameOf.keys()) if (answers.get(`c${call}`)?.size !== 1) ask(call, false);
        }
        await settle();
        note();
        const ledger = readLedger(disk);
        const places = [...nameOf.keys()].map(
          (call) => (ledger.get(`places/c${call}`) as { at: number } | undefined)?.at,
        );
        expect(places.toSorted((a, b) => a! - b!)).toEqual(Array.from({ length: nameOf.size }, (_, i) => i + 1));
        expect([...nameOf.keys()].map((call) => [...(answers.get(`c${call}`) ?? [])])).toEqual(
          places.map((at) => [at]),
        );
        if (nameOf.size === 0) return;
        expect(ledger.get('totals/all')).toMatchObject({ sum: nameOf.size });
        expect(ledger.get('calls/')).toBe(nameOf.size);
        expect(ledger.get('ids/all')).toEqual([...nameOf.keys()].map((call) => `c${call}`).toSorted());
      }),
      { numRuns },
    );
  },
);
