import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ledger } from '../../ports/ledger.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { createDurableStore } from '../durable-store.js';
import { createMemoryBucket, type ObjectFault } from './memory-object-store.js';
import { createObjectStoreCalls } from './object-store-calls.js';

/*
 * Several servers that claim, append and renew at once, each request of each at a moment of its own, with requests and answers lost: what was said to be committed
 * is in the log, once, at the position that was said, and in the order of positions; and what was said to be fenced is not.
 */

interface Step {
  readonly process: number;
  readonly act: 'claim' | 'append';
  readonly fault: ObjectFault | null;
}

const steps = fc.array(
  fc.record({
    process: fc.nat(2),
    act: fc.constantFrom<Step['act']>('claim', 'append', 'append', 'append'),
    fault: fc.option(fc.constantFrom<ObjectFault>('lost', 'done-unheard'), { freq: 4 }),
  }),
  { maxLength: 18 },
);

/** One process does one thing after the other; between them they go at the same time. */
class Process {
  readonly committed = new Map<number, string>();
  readonly refused = new Set<string>();
  readonly #ledger: Ledger;
  #busy: Promise<void> = Promise.resolve();
  #written = 0;
  readonly #name: string;

  constructor(ledger: Ledger, name: string) {
    this.#ledger = ledger;
    this.#name = name;
  }

  do(act: Step['act']): void {
    this.#busy = this.#busy.then(() => (act === 'claim' ? this.#claim() : this.#append()));
  }

  done(): Promise<void> {
    return this.#busy;
  }

  async #claim(): Promise<void> {
    await this.#ledger.claim();
  }

  async #append(): Promise<void> {
    const text = `${this.#name}${(this.#written += 1)}`;
    const outcome = await this.#ledger.append(new TextEncoder().encode(text));
    if (outcome.type === 'committed') this.committed.set(outcome.position, text);
    else if (outcome.type === 'unknown') await this.#ledger.renew();
    else this.refused.add(text);
  }
}

test('PI-3, PI-60: whatever servers do at the same time, and whatever is lost, the log holds what was committed', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.scheduler(), async (all, scheduler) => {
      const bucket = createMemoryBucket(() => scheduler.schedule(Promise.resolve()));
      const timers = createManualTimers();
      let minted = 0;
      const open = () =>
        createDurableStore(
          createObjectStoreCalls({ store: bucket.open(), timers, mint: () => `name-${(minted += 1)}` }),
        );
      const processes = ['a', 'b', 'c'].map((name) => new Process(open().ledger, name));
      for (const { process, act, fault } of all) {
        if (fault !== null) bucket.failNext(fault);
        processes[process]!.do(act);
      }
      let isDone = false;
      const done = Promise.all(processes.map((process) => process.done())).then(() => (isDone = true));
      while (!isDone) {
        if (scheduler.count() > 0) await scheduler.waitOne();
        else timers.runAll();
        for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      }
      await done;
      const reader = open().ledger;
      const log = new Map<number, string>();
      const reading = (async () => {
        for await (const chunk of reader.read(0)) {
          for (const { position, bytes } of chunk) {
            expect(position).toBe(log.size + 1);
            log.set(position, new TextDecoder().decode(bytes));
          }
        }
      })();
      await scheduler.waitFor(reading);
      expect(new Set(log.values()).size).toBe(log.size);
      for (const { committed, refused } of processes) {
        for (const [position, text] of committed) expect(log.get(position)).toBe(text);
        for (const text of log.values()) expect(refused.has(text)).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});
