import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OrderedTree } from './ordered-tree.js';

const byNumber = (a: number, b: number): number => a - b;

/** The same sorted set, kept the obvious way. */
class SortedArray {
  items: number[] = [];
  insert(item: number): number {
    const rank = this.rankOf(item);
    this.items.splice(rank, 0, item);
    return rank;
  }
  remove(item: number): number {
    const index = this.items.indexOf(item);
    if (index !== -1) this.items.splice(index, 1);
    return index;
  }
  rankOf(item: number): number {
    return this.items.filter((other) => other < item).length;
  }
}

/** Small steps, so that a tree of a few hundred items splits, shares and joins at every level. */
const steps = fc.array(
  fc.record({
    remove: fc.boolean(),
    scatter: fc.boolean(),
    from: fc.integer({ min: 0, max: 999 }),
    count: fc.integer({ min: 1, max: 200 }),
  }),
  { maxLength: 30 },
);

/** Neither ascending nor descending, and every number below 1000 once. */
const scattered = (index: number): number => (index * 389) % 1000;

describe('an ordered tree', () => {
  test('CL-3: answers as a sorted array does after any inserts and removals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), steps, (loaded, script) => {
        const tree = new OrderedTree(byNumber);
        const model = new SortedArray();
        model.items = Array.from({ length: loaded }, (_, i) => i);
        tree.load(model.items);
        for (const { remove, scatter, from, count } of script) {
          const ranks: number[] = [];
          const expected: number[] = [];
          for (let i = from; i < from + count; i++) {
            const item = scatter ? scattered(i) : i;
            if (!remove && model.items.includes(item)) continue;
            ranks.push(remove ? tree.remove(item) : i % 2 === 0 ? tree.insert(item) : tree.add(item));
            expected.push(remove ? model.remove(item) : model.insert(item));
          }
          expect(ranks).toEqual(expected);
          expect(tree.size).toBe(model.items.length);
          expect(tree.first(Infinity)).toEqual(model.items);
          const probes = [0, 1, from, from + 0.5, 998, 999, 1000];
          expect(probes.map((probe) => tree.rankOf(probe))).toEqual(probes.map((probe) => model.rankOf(probe)));
          expect(probes.map((probe) => tree.at(probe))).toEqual(probes.map((probe) => model.items[probe]));
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each([0, 1, 47, 48, 49, 64, 65, 2304, 2305, 5000])('holds what was loaded, in order: %i items', (count) => {
    const tree = new OrderedTree(byNumber);
    const items = Array.from({ length: count }, (_, i) => i * 2);
    tree.load(items);
    expect(tree.size).toBe(count);
    expect(tree.first(Infinity)).toEqual(items);
    expect(items.map((item) => tree.rankOf(item))).toEqual(items.map((item) => item / 2));
    expect(items.map((item) => tree.rankOf(item + 1))).toEqual(items.map((item) => item / 2 + 1));
    expect(items.map((_, index) => tree.at(index))).toEqual(items);
  });

  test('keeps no hold on the array it was loaded from', () => {
    const tree = new OrderedTree(byNumber);
    const items = [1, 2, 3];
    tree.load(items);
    items.pop();
    tree.insert(4);
    expect(tree.first(9)).toEqual([1, 2, 3, 4]);
    expect(items).toEqual([1, 2]);
  });

  test('loading forgets what was there', () => {
    const tree = new OrderedTree(byNumber);
    tree.load([1, 2, 3]);
    tree.load([7]);
    expect(tree.first(9)).toEqual([7]);
    tree.load([]);
    expect(tree.size).toBe(0);
    expect(tree.insert(5)).toBe(0);
  });

  test('QU-8: is loaded by and by, is what it was until the end, and stays so if that is no longer wanted', () => {
    const items = Array.from({ length: 60_000 }, (_, i) => i);
    const tree = new OrderedTree(byNumber);
    tree.load([7]);
    let isWanted = true;
    let steps = 0;
    for (const _ of tree.loadSteps(items, () => isWanted)) {
      steps += 1;
      expect(tree.first(9)).toEqual([7]);
      tree.insert(steps * 10);
      tree.remove(steps * 10);
    }
    expect(steps).toBeGreaterThan(1);
    expect(tree.first(Infinity)).toEqual(items);
    for (const _ of tree.loadSteps([1, 2], () => isWanted));
    expect(tree.first(9)).toEqual([1, 2]);
    isWanted = false;
    for (const _ of tree.loadSteps(items, () => isWanted));
    expect(tree.first(9)).toEqual([1, 2]);
  });

  test('first gives at most as many as asked for, in an array of its own', () => {
    const tree = new OrderedTree(byNumber);
    tree.load(Array.from({ length: 300 }, (_, i) => i));
    expect(tree.first(0)).toEqual([]);
    expect(tree.first(2)).toEqual([0, 1]);
    expect(tree.first(100)).toHaveLength(100);
    tree.first(2).pop();
    expect(tree.first(2)).toEqual([0, 1]);
  });

  test('has nothing outside its bounds', () => {
    const tree = new OrderedTree(byNumber);
    tree.load([10, 20]);
    expect(tree.at(-1)).toBeUndefined();
    expect(tree.at(2)).toBeUndefined();
    expect(tree.remove(15)).toBe(-1);
    expect(tree.size).toBe(2);
  });

  test('refuses an item equal to one it holds, and stays as it was', () => {
    const tree = new OrderedTree(byNumber);
    tree.load(Array.from({ length: 200 }, (_, i) => i));
    expect(() => tree.insert(77)).toThrow('equal item');
    expect([0, 77, 199].map((item) => tree.add(item))).toEqual([-1, -1, -1]);
    expect(tree.size).toBe(200);
    expect(tree.first(Infinity)).toHaveLength(200);
  });

  test('removes by equality, not by identity', () => {
    const tree = new OrderedTree<{ readonly n: number }>((a, b) => a.n - b.n);
    tree.insert({ n: 1 });
    expect(tree.remove({ n: 1 })).toBe(0);
    expect(tree.size).toBe(0);
  });

  test('CL-3: replaces by equality, keeps every place and lets go of what was there', () => {
    const present = new Set<object>();
    let stale = 0;
    const tree = new OrderedTree<{ readonly n: number }>((a, b) => {
      if (!present.has(a) && !present.has(b)) stale++;
      return a.n - b.n;
    });
    const items = Array.from({ length: 5000 }, (_, n) => ({ n }));
    items.forEach((item) => present.add(item));
    tree.load(items);
    for (let i = 0; i < 3000; i++) {
      const n = (i * 389) % 5000;
      const next = { n };
      present.add(next);
      expect(tree.replace(next)).toBe(n);
      present.delete(items[n] as object);
      items[n] = next;
      tree.rankOf({ n: n + 0.5 });
    }
    expect(stale).toBe(0);
    expect(tree.size).toBe(5000);
    tree.first(Infinity).forEach((item, n) => expect(item).toBe(items[n]));
    expect(() => tree.replace({ n: 0.5 })).toThrow('no equal item');
    expect(() => tree.replace({ n: 9999 })).toThrow('no equal item');
  });

  test('finds what is equal, and nothing else', () => {
    const tree = new OrderedTree<{ readonly n: number }>((a, b) => a.n - b.n);
    const items = Array.from({ length: 5_000 }, (_, n) => ({ n: n * 2 }));
    tree.load(items);
    for (const item of items) expect(tree.find({ n: item.n })).toBe(item);
    for (const n of [-1, 1, 4_999, 9_999, 10_001]) expect(tree.find({ n })).toBeUndefined();
    expect(new OrderedTree(byNumber).find(1)).toBeUndefined();
  });

  test('gives the items between two places, however they are spread over its nodes', () => {
    const tree = new OrderedTree(byNumber);
    const items = Array.from({ length: 5_000 }, (_, i) => i);
    tree.load(items);
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [47, 49],
      [0, 5_000],
      [4_999, 5_000],
      [-5, 3],
      [4_990, 9_999],
      [30, 20],
      [2_000, 2_300],
    ]) {
      // prettier-ignore
      const [first, last] = [from as number, to as number];
      expect(tree.between(first, last)).toEqual(items.slice(Math.max(0, first), Math.max(0, last)));
    }
    expect(new OrderedTree(byNumber).between(0, 9)).toEqual([]);
  });

  test('CL-3: comparisons grow with the logarithm of the size', () => {
    const comparisonsAt = (size: number): number => {
      let comparisons = 0;
      const tree = new OrderedTree<number>((a, b) => {
        comparisons++;
        return a - b;
      });
      tree.load(Array.from({ length: size }, (_, i) => i * 2));
      expect(comparisons).toBe(0);
      let most = 0;
      for (let i = 0; i < 400; i++) {
        const item = 2 * Math.floor((size * ((i * 389) % 400)) / 400) + 1;
        for (const step of [() => tree.insert(item), () => tree.rankOf(item), () => tree.remove(item)]) {
          comparisons = 0;
          step();
          most = Math.max(most, comparisons);
        }
      }
      return most;
    };
    for (const size of [1_000, 10_000, 100_000]) {
      // One more for the check of equality, and at most two a level for rounding up.
      expect(comparisonsAt(size)).toBeLessThanOrEqual(Math.log2(size) + 8);
    }
  });

  test('nodes stay filled: after removing most items the rest is still reached in few steps', () => {
    let comparisons = 0;
    const tree = new OrderedTree<number>((a, b) => {
      comparisons++;
      return a - b;
    });
    tree.load(Array.from({ length: 50_000 }, (_, i) => i));
    for (let i = 0; i < 50_000; i++) if (i % 500 !== 0) tree.remove(i);
    expect(tree.size).toBe(100);
    comparisons = 0;
    expect(tree.rankOf(49_500)).toBe(99);
    expect(comparisons).toBeLessThanOrEqual(10);
    expect(tree.first(Infinity)).toEqual(Array.from({ length: 100 }, (_, i) => i * 500));
  });

  test('shares with a full neighbour when the two do not fit in one node', () => {
    for (const isLeftFull of [true, false]) {
      const tree = new OrderedTree(byNumber);
      const model = new SortedArray();
      model.items = Array.from({ length: 96 }, (_, i) => i * 10);
      tree.load(model.items);
      const [full, low] = isLeftFull ? [0, 480] : [480, 0];
      for (let i = 0; i < 16; i++) expect(tree.insert(full + i * 10 + 5)).toBe(model.insert(full + i * 10 + 5));
      for (let i = 0; i < 40; i++) {
        expect(tree.remove(low + i * 10)).toBe(model.remove(low + i * 10));
        expect(model.items.map((item) => tree.rankOf(item))).toEqual(model.items.map((_, index) => index));
      }
    }
  });

  test('counts rightly when branches split and join too', () => {
    const tree = new OrderedTree(byNumber);
    const size = 20_011;
    const shuffled = Array.from({ length: size }, (_, i) => (i * 7919) % size);
    shuffled.forEach((item) => tree.insert(item));
    const everyTenth = Array.from({ length: 2000 }, (_, i) => i * 10);
    expect(tree.size).toBe(size);
    expect(everyTenth.map((item) => tree.rankOf(item))).toEqual(everyTenth);
    expect(everyTenth.map((index) => tree.at(index))).toEqual(everyTenth);
    for (const item of shuffled) if (item % 10 !== 0) tree.remove(item);
    expect(everyTenth.map((item) => tree.rankOf(item))).toEqual(everyTenth.map((_, i) => i));
    expect(everyTenth.map((_, i) => tree.at(i))).toEqual(everyTenth);
  });

  test('compares with no item that was removed: nothing is kept of it', () => {
    const present = new Set<object>();
    let stale = 0;
    const tree = new OrderedTree<{ readonly n: number }>((a, b) => {
      if (!present.has(a) && !present.has(b)) stale++;
      return a.n - b.n;
    });
    const items = Array.from({ length: 3000 }, (_, n) => ({ n }));
    items.forEach((item) => present.add(item));
    tree.load(items);
    for (let i = 0; i < items.length; i += 2) {
      const item = items[(i * 7) % items.length] as { readonly n: number };
      tree.remove(item);
      present.delete(item);
      tree.rankOf({ n: item.n });
      tree.rankOf({ n: item.n + 1 });
    }
    expect(present.size).toBe(1500);
    expect(stale).toBe(0);
  });
});
