import { expect, test } from 'vitest';
import { ExpiryIndex } from './expiry-index.js';

// Every run of five steps on two places, against a plain list of times.

type Step = { readonly set: string; readonly at: number | null } | { readonly take: number; readonly count: number };

const STEPS: readonly Step[] = [
  ...['a', 'b'].flatMap((set) => [null, 1, 2].map((at) => ({ set, at }))),
  { take: 1, count: 9 },
  { take: 2, count: 1 },
];

class PlainIndex {
  readonly times = new Map<string, number>();

  get next(): number | null {
    return this.times.size === 0 ? null : Math.min(...this.times.values());
  }

  /** Whether these are the ones to be taken: of two that are due at one time either may come first. */
  takes(places: readonly string[], now: number, count: number): boolean {
    const due = [...this.times.values()].filter((at) => at <= now).sort((a, b) => a - b);
    const taken = places.map((place) => this.times.get(place));
    for (const place of places) this.times.delete(place);
    return taken.join() === due.slice(0, count).join();
  }
}

function* runs(length: number): Generator<readonly Step[]> {
  if (length === 0) return yield [];
  for (const run of runs(length - 1)) for (const step of STEPS) yield [...run, step];
}

test('CR-9: whatever is set, changed, cleared and taken: it knows what is due, and when the next is', () => {
  let wrong = 0;
  let looked = 0;
  for (const run of runs(5)) {
    looked += 1;
    const index = new ExpiryIndex<string>();
    const plain = new PlainIndex();
    for (const step of run) {
      if ('take' in step) {
        if (!plain.takes(index.take(step.take, step.count), step.take, step.count)) wrong += 1;
        continue;
      }
      index.set(step.set, step.at);
      if (step.at === null) plain.times.delete(step.set);
      else plain.times.set(step.set, step.at);
    }
    if (index.next() !== plain.next || index.size !== plain.times.size) wrong += 1;
  }
  expect([looked, wrong]).toEqual([STEPS.length ** 5, 0]);
});

test('CR-9: of thousands that are changed over and over, each is due once, in order of time', () => {
  const index = new ExpiryIndex<number>();
  for (let round = 0; round < 5; round += 1) {
    for (let place = 0; place < 2_000; place += 1) index.set(place, (place * 7_919 + round * 13) % 1_009);
  }
  const timeOf = (place: number): number => (place * 7_919 + 4 * 13) % 1_009;
  const taken = index.take(2_000, 5_000);
  expect(taken).toHaveLength(2_000);
  expect(new Set(taken).size).toBe(2_000);
  for (let i = 1; i < taken.length; i += 1) expect(timeOf(taken[i]!)).toBeGreaterThanOrEqual(timeOf(taken[i - 1]!));
  expect([index.size, index.next()]).toEqual([0, null]);
});
