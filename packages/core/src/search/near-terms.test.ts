import fc from 'fast-check';
import MiniSearch from 'minisearch';
import { describe, expect, test } from 'vitest';
import { allTerms, BRANCHES_PER_STEP, nearTerms, termsFrom, type TermTree } from './near-terms.js';
import { takeAll } from '../query/index.js';

interface Terms {
  readonly _tree: TermTree<unknown>;
  atPrefix(prefix: string): Iterable<[string, unknown]>;
  fuzzyGet(term: string, edits: number): Map<string, [unknown, number]>;
}

/** The terms of a MiniSearch that has these, after others came and went. */
function termsOf(terms: readonly string[], gone: readonly string[] = []) {
  const index = new MiniSearch<{ id: number; text: string }>({
    fields: ['text'],
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
  });
  const put = (id: number, some: readonly string[]): void => {
    if (some.length > 0) index.add({ id, text: some.join(' ') });
  };
  put(1, terms);
  put(2, gone);
  if (gone.length > 0) index.remove({ id: 2, text: gone.join(' ') });
  return { index, put, terms: (index as unknown as { readonly _index: Terms })._index };
}

const term = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', '\ud83d\ude00', 'é', 'z'), minLength: 1, maxLength: 4 }),
);
const terms = fc.array(term, { minLength: 1, maxLength: 30 });

describe('SE-47: terms that are like another', () => {
  test('are those that MiniSearch finds, with as many letters between them', () => {
    fc.assert(
      fc.property(terms, fc.array(term), term, fc.integer({ min: 1, max: 3 }), (some, gone, asked, edits) => {
        const held = termsOf(some, gone).terms;
        expect([...takeAll(nearTerms(held._tree, asked, edits))]).toEqual([...held.fuzzyGet(asked, edits)]);
      }),
      { numRuns: 300 },
    );
  });

  test('or begin alike', () => {
    fc.assert(
      fc.property(terms, fc.array(term), term, (some, gone, asked) => {
        const held = termsOf(some, gone).terms;
        const found = [...takeAll(termsFrom(held._tree, asked))];
        const byTerm = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
        expect(found.sort(byTerm)).toEqual([...held.atPrefix(asked)].sort(byTerm));
        expect(found.map(([name]) => name)).toEqual([...new Set(some)].filter((name) => name.startsWith(asked)).sort());
      }),
      { numRuns: 300 },
    );
  });

  test('are found whatever comes and goes between the steps, if they stay', () => {
    const stay = Array.from({ length: 400 }, (_, i) => `${'abcd'[i % 4]}${(i * 7_919) % 1_000}x`);
    const comes = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(comes, { minLength: 1, maxLength: 4 }), fc.boolean(), (batches, isNear) => {
        const { index, put, terms: held } = termsOf(stay);
        const steps = isNear ? nearTerms(held._tree, 'a12x', 2) : termsFrom(held._tree, 'a');
        let [next, id] = [steps.next(), 10];
        const texts: string[] = [];
        for (const batch of batches) {
          // Branches are parted, and joined again where what came with the batch before goes.
          const some = batch.map((i) => `${'abcd'[i % 4]}${i}`);
          put(id, some);
          if (texts.length > 0) index.remove({ id: id - 1, text: texts.at(-1) as string });
          texts.push(some.join(' '));
          id += 1;
          if (next.done !== true) next = steps.next();
        }
        while (next.done !== true) next = steps.next();
        const expected = isNear
          ? [...termsOf(stay).terms.fuzzyGet('a12x', 2).keys()]
          : stay.filter((name) => name[0] === 'a');
        expect([...next.value.keys()]).toEqual(expect.arrayContaining(expected));
      }),
      { numRuns: 40 },
    );
  });

  test('are looked for in steps of so many branches', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `term${(i * 7_919) % 10_007}`);
    const held = termsOf(many).terms;
    const count = (steps: Generator<void, unknown>): number => {
      let taken = 0;
      while (steps.next().done !== true) taken += 1;
      return taken;
    };
    expect(count(termsFrom(held._tree, 't'))).toBeGreaterThanOrEqual(Math.floor(1_000 / BRANCHES_PER_STEP));
    expect(count(nearTerms(held._tree, 'term12', 3))).toBeGreaterThanOrEqual(2);
  });

  test('all of them are gone through once each, below a branch with what leads there, also those that are parts of others', () => {
    fc.assert(
      fc.property(terms, fc.array(term), (some, gone) => {
        const held = termsOf(some, gone).terms;
        const all = Array.from(allTerms(held._tree), ([name]) => name);
        expect(all.toSorted()).toEqual([...new Set(some)].toSorted());
        for (const [letters, branch] of held._tree) {
          const below = Array.from(allTerms(branch as TermTree<unknown>, letters), ([name]) => name);
          expect(below.toSorted()).toEqual(all.filter((name) => name.startsWith(letters)).toSorted());
        }
      }),
      { numRuns: 200 },
    );
    expect([...allTerms(new Map())]).toEqual([]);
  });

  test('going through all, none that stays is missed, whatever comes and goes in between', () => {
    const stay = Array.from({ length: 60 }, (_, i) => `${'abc'[i % 3]}${(i * 7_919) % 100}x`);
    const comes = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(comes, { minLength: 1, maxLength: 20 }), (batches) => {
        const { index, put, terms: held } = termsOf(stay);
        const met = new Set<string>();
        const due = [...batches];
        let [id, before] = [10, ''];
        for (const [name] of allTerms(held._tree)) {
          met.add(name);
          const batch = due.shift();
          if (batch === undefined) continue;
          const some = batch.map((i) => `${'abc'[i % 3]}${i}`);
          put(id, some);
          if (before !== '') index.remove({ id: id - 1, text: before });
          before = some.join(' ');
          id += 1;
        }
        expect([...met]).toEqual(expect.arrayContaining(stay));
      }),
      { numRuns: 100 },
    );
  });
});
