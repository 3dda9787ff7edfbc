import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { createDurableStore, type DurableStore } from '../durable-store.js';
import { createMemoryBucket, type ObjectFault } from './memory-object-store.js';
import type { ObjectStore } from './object-store.js';
import { createObjectStoreCalls } from './object-store-calls.js';

/*
 * Several servers of one bucket, each request of each at a moment of its own, so that any of them may stand still anywhere while another takes over, with requests and
 * answers lost. Each does what a server does: it claims, reads snapshots and the log behind them, appends, takes snapshots of what it has, and trims behind them. Whoever
 * starts last, alone, has all that was said to be committed, each where it was said.
 */

type Act = 'claim' | 'append' | 'snapshot';

/** A process may be frozen before any of its requests, for as long as others do this and that. */
class Freezer {
  #left = Infinity;
  readonly #held: (() => void)[] = [];

  /** After so many more requests. */
  freezeAfter(requests: number): void {
    this.#left = requests;
  }

  thaw(): void {
    this.#left = Infinity;
    for (const go of this.#held.splice(0)) go();
  }

  of(store: ObjectStore): ObjectStore {
    const hold = async (): Promise<void> => {
      if (this.#left === 0) await new Promise<void>((resolve) => this.#held.push(resolve));
      else this.#left -= 1;
    };
    return {
      get: async (key) => (await hold(), store.get(key)),
      create: async (key, bytes) => (await hold(), store.create(key, bytes)),
      replace: async (key, bytes, tag) => (await hold(), store.replace(key, bytes, tag)),
      list: async (prefix, after) => (await hold(), store.list(prefix, after)),
      remove: async (keys) => (await hold(), store.remove(keys)),
      close: () => store.close(),
    };
  }
}

const manySteps = fc.array(
  fc.record({
    process: fc.nat(2),
    act: fc.constantFrom<Act | 'thaw'>('claim', 'claim', 'append', 'snapshot', 'thaw'),
    /** It is frozen after so many requests of this; `null`: it is not. */
    freezeAfter: fc.option(fc.nat(14), { freq: 2 }),
    fault: fc.option(fc.constantFrom<ObjectFault>('lost', 'done-unheard'), { freq: 8 }),
    /** Whether the next step waits until all stand still, or begins in the midst of this one. */
    isAlone: fc.boolean(),
  }),
  { minLength: 4, maxLength: 24 },
);

const encode = (texts: readonly string[]): Uint8Array => new TextEncoder().encode(JSON.stringify(texts));
const decode = (bytes: Uint8Array): string[] => JSON.parse(new TextDecoder().decode(bytes)) as string[];
const LINEAGE = 'l';

class Process {
  readonly committed = new Map<number, string>();
  readonly #store: DurableStore;
  readonly #name: string;
  #busy: Promise<void> = Promise.resolve();
  #issued = 0;
  /** What is committed, by position from 1 on, as far as it knows; `null`: it serves nothing. */
  #texts: string[] | null = null;
  #epoch = 0;

  constructor(store: DurableStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  do(act: Act): void {
    this.#busy = this.#busy.then(() => this[act]());
  }

  done(): Promise<void> {
    return this.#busy;
  }

  /** As a start does. Throws where what it reads does not fit together. */
  async start(): Promise<readonly string[]> {
    const { ledger, snapshots } = this.#store;
    this.#texts = null;
    const claim = await ledger.claim();
    const progress = await snapshots.progress();
    const stored = progress === null ? null : await snapshots.records(0);
    const texts = stored === null ? [] : decode(stored.bytes);
    let position = progress?.through ?? 0;
    for await (const chunk of ledger.read(position)) {
      for (const { position: at, bytes } of chunk) {
        expect(at).toBe(position + 1);
        position = at;
        texts[at - 1] = new TextDecoder().decode(bytes);
      }
    }
    expect(position).toBe(claim.position);
    expect([...texts.keys()].every((index) => texts[index] !== undefined)).toBe(true);
    this.#epoch = claim.epoch;
    this.#texts = texts;
    return texts;
  }

  async claim(): Promise<void> {
    // Another may take over meanwhile, and take away what it reads: then it does not serve.
    await this.start().catch(() => undefined);
  }

  async append(): Promise<void> {
    if (this.#texts === null) return;
    const text = `${this.#name}${(this.#issued += 1)}`;
    const outcome = await this.#store.ledger.append(new TextEncoder().encode(text));
    if (outcome.type === 'committed') {
      expect(outcome.position).toBe(this.#texts.length + 1);
      this.#texts.push(text);
      this.committed.set(outcome.position, text);
    } else this.#texts = null;
  }

  /** At some moment what it has, and up to there the log goes once that is written. */
  async snapshot(): Promise<void> {
    if (this.#texts === null || this.#texts.length === 0) return;
    const { ledger, snapshots } = this.#store;
    const position = this.#texts.length;
    const records = encode(this.#texts);
    const snapshot = { partition: 0, position, head: encode([]), records };
    const isWritten = snapshots.write(this.#epoch, [snapshot], { through: position, lineage: LINEAGE });
    if (await isWritten.catch(() => false)) await ledger.trim(position);
  }
}

test('PI-1, PI-13, PI-14, PI-60: whatever servers do at the same time, and whatever is lost, snapshots and the log behind them hold what was committed', async () => {
  await fc.assert(
    fc.asyncProperty(manySteps, fc.scheduler(), async (steps, scheduler) => {
      const bucket = createMemoryBucket(() => scheduler.schedule(Promise.resolve()));
      const timers = createManualTimers();
      let minted = 0;
      const open = (name: string): { readonly process: Process; readonly freezer: Freezer } => {
        const freezer = new Freezer();
        const parts = { store: freezer.of(bucket.open()), timers, mint: () => `n${(minted += 1)}` };
        return { process: new Process(createDurableStore(createObjectStoreCalls(parts)), name), freezer };
      };
      const turn = async (): Promise<void> => {
        if (scheduler.count() > 0) await scheduler.waitOne();
        else timers.runAll();
        for (let step = 0; step < 8; step += 1) await Promise.resolve();
      };
      const standStill = async (): Promise<void> => {
        while (scheduler.count() > 0 || timers.pending > 0) await turn();
      };
      const during = async (work: Promise<unknown>): Promise<void> => {
        let isDone = false;
        const done = (): void => void (isDone = true);
        void work.then(done, done);
        while (!isDone) await turn();
        await work;
      };
      const all = ['a', 'b', 'c'].map(open);
      for (const { act, fault, freezeAfter, isAlone, process } of steps) {
        const { process: own, freezer } = all[process]!;
        if (fault !== null) bucket.failNext(fault);
        if (act === 'thaw') freezer.thaw();
        else {
          if (freezeAfter !== null) freezer.freezeAfter(freezeAfter);
          own.do(act);
        }
        for (let step = 0; step < 8; step += 1) await Promise.resolve();
        if (isAlone) await standStill();
      }
      for (const { freezer } of all) freezer.thaw();
      await during(Promise.all(all.map(({ process }) => process.done())));
      const last = open('z').process.start();
      await during(last);
      const texts = await last;
      for (const { process } of all) {
        for (const [position, text] of process.committed) expect(texts[position - 1]).toBe(text);
      }
    }),
    { numRuns: 600 },
  );
});
