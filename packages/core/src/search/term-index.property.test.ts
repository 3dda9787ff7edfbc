import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { takeAll } from '../query/index.js';
import { addDocument } from './add-document.arbitrary.js';
import { allTerms } from './near-terms.js';
import { TermIndex, WORK_PER_STEP } from './term-index.js';

type Terms = readonly (readonly string[])[];

const word = fc.constantFrom('a', 'ab', 'abc', 'abd', 'b', 'ba', 'é', '\u{1f600}', '\u{1f601}');
const terms: fc.Arbitrary<Terms> = fc.tuple(fc.array(word, { maxLength: 5 }), fc.array(word, { maxLength: 3 }));
const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(terms, { freq: 3, nil: null }));
const changes = fc.array(change, { maxLength: 20 });

function apply(index: TermIndex, [key, fields]: readonly [string, Terms | null]): void {
  index.discard(key);
  if (fields !== null) addDocument(index, key, key, fields);
}

/** Of each term and field, which documents have it how often: of those that are there, or all that is held. */
function held(index: TermIndex, isAll = false): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  for (const [term, fields] of allTerms(index.tree)) {
    for (const [field, postings] of fields) {
      for (let i = 0; i < postings.length; i += 2) {
        const number = postings[i] as number;
        const key = index.documents.get(number)?.key ?? (isAll ? `gone ${number}` : undefined);
        if (key === undefined) continue;
        const byKey = (found[`${term} in ${field}`] ??= {});
        if (byKey[key] !== undefined) throw new Error(`${key} is there twice`);
        byKey[key] = postings[i + 1] as number;
      }
    }
  }
  return found;
}

/** The same counted in the records. */
function counted(records: ReadonlyMap<string, Terms>): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  for (const [key, fields] of records) {
    fields.forEach((words, field) => {
      for (const each of words) {
        const byKey = (found[`${each} in ${field}`] ??= {});
        byKey[key] = (byKey[key] ?? 0) + 1;
      }
    });
  }
  return found;
}

function recordsOf(list: readonly (readonly [string, Terms | null])[]): ReadonlyMap<string, Terms> {
  const records = new Map<string, Terms>();
  for (const [key, fields] of list) {
    if (fields === null) records.delete(key);
    else records.set(key, fields);
  }
  return records;
}

describe('SE-4: an index of terms', () => {
  test('has of every document each term as often as the document, and knows how long documents are, whatever came and went', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const index = new TermIndex();
        for (const each of list) apply(index, each);
        const records = recordsOf(list);
        expect(held(index)).toEqual(counted(records));
        for (const field of [0, 1]) {
          const lengths = Array.from(records.values(), (fields) => new Set(fields[field]).size);
          const sum = lengths.reduce((a, b) => a + b, 0);
          expect(index.averageLength(field)).toBe(sum / records.size);
        }
        for (const [key, fields] of records) {
          expect(index.documents.byKey(key)?.lengths).toEqual(fields.map((words) => new Set(words).size));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('once cleared holds nothing of what is gone, and no term that nobody has', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const index = new TermIndex();
        for (const each of list) apply(index, each);
        takeAll(index.vacuumSteps());
        const records = recordsOf(list);
        expect(held(index, true)).toEqual(counted(records));
        const all = new Set([...records.values()].flat(2));
        expect(Array.from(allTerms(index.tree), ([term]) => term).sort()).toEqual([...all].sort());
        expect(index.termCount).toBe(all.size);
        expect(index.litter).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('is cleared while documents come and go, by several at a time and some that give up: what is there stays, and what was gone before is gone', () => {
    const stirred = fc.record({ list: changes, meanwhile: changes, second: fc.nat(12), givesUp: fc.boolean() });
    let between = 0;
    fc.assert(
      fc.property(stirred, ({ list, meanwhile, second, givesUp }) => {
        const index = new TermIndex();
        const many = Array.from({ length: 1_500 }, (_, i) => [`k${i}`, [['a', 'ab', `w${i % 300}`], ['b']]] as const);
        const goes = many.filter((_, i) => i % 3 === 0).map(([key]) => [key, null] as const);
        const before = [...many, ...goes, ...list];
        for (const each of before) apply(index, each);
        const gone = new Set<number>();
        for (let number = 0; number < index.documents.next; number++) {
          if (index.documents.get(number) === undefined) gone.add(number);
        }
        const steps = index.vacuumSteps();
        let other: Generator<void> | null = null;
        const due = [...meanwhile];
        for (let step = 0; steps.next().done !== true; step++) {
          between++;
          const next = due.shift();
          if (next !== undefined) apply(index, next);
          if (step === second) other = index.vacuumSteps();
          if (!givesUp || step < second + 2) other?.next();
        }
        const done = meanwhile.slice(0, meanwhile.length - due.length);
        expect(held(index)).toEqual(counted(recordsOf([...before, ...done])));
        for (const [, fields] of allTerms(index.tree)) {
          for (const postings of fields.values()) {
            for (let i = 0; i < postings.length; i += 2) expect(gone.has(postings[i] as number)).toBe(false);
          }
        }
        for (const each of due) apply(index, each);
        takeAll(index.vacuumSteps());
        expect(held(index, true)).toEqual(counted(recordsOf([...before, ...meanwhile])));
        expect(index.litter).toBe(0);
      }),
      { numRuns: 60 },
    );
    expect(between).toBeGreaterThan(200);
  });

  test('says how much of it is left over: what has been discarded since it was cleared last', () => {
    const index = new TermIndex();
    for (let i = 0; i < 9; i++) addDocument(index, `k${i}`, '', [['a']]);
    expect(index.litter).toBe(0);
    index.discard('k0');
    index.discard('not there');
    expect(index.litter).toBe(1 / (1 + 8 + 1));
    const steps = index.vacuumSteps();
    const [first, second] = [index.vacuumSteps(), index.vacuumSteps()];
    steps.return(undefined);
    expect(index.litter).toBe(0.1);
    takeAll(first);
    expect(index.litter).toBe(0);
    index.discard('k1');
    // Begun before that was discarded or not: it looks when its turn comes.
    takeAll(second);
    expect(index.litter).toBe(0);
    index.discard('k2');
    expect(index.litter).toBe(1 / (1 + 6 + 1));
    // One that was begun and does not come is gone, too; one that is on its way is not.
    const numbers = [index.begin(), index.begin()] as const;
    for (const number of numbers) index.addTerm(number, 0, 'a', 1);
    index.abandon(numbers[0]);
    expect(index.litter).toBe(2 / (1 + 6 + 2));
    takeAll(index.vacuumSteps());
    expect(index.litter).toBe(0);
    expect(index.postings('a')?.get(0)).toHaveLength(2 * 7);
    index.finish(numbers[1], 'k9', '', [1]);
    expect(held(index)).toEqual(held(index, true));
  });
});

/** The most that is looked at in one step, and in all: postings, by whether their documents are there, and terms, by the length of their lists. */
function mostOf(
  index: TermIndex,
  steps: Generator<unknown>,
): { readonly most: number; readonly all: number; readonly steps: number } {
  let looks = 0;
  const { get } = index.documents;
  index.documents.get = function (number) {
    looks++;
    return get.call(this, number);
  };
  let [most, before, taken] = [0, 0, 0];
  for (let isOver = false; !isOver; before = looks, taken++) {
    isOver = steps.next().done === true;
    most = Math.max(most, looks - before);
  }
  return { most, all: looks, steps: taken };
}

describe('SE-13: clearing away looks in each step at', () => {
  test('so many postings at most, however many documents have a term', () => {
    const index = new TermIndex();
    for (let i = 0; i < 3 * WORK_PER_STEP; i++) addDocument(index, `k${i}`, '', [['a', 'b'], ['a']]);
    for (let i = 0; i < WORK_PER_STEP; i++) index.discard(`k${3 * i}`);
    const { all, most, steps } = mostOf(index, index.vacuumSteps());
    expect(all).toBe(9 * WORK_PER_STEP);
    expect(most).toBeLessThanOrEqual(WORK_PER_STEP);
    // And at hardly fewer: of steps that do nothing there would be thousands.
    expect(steps).toBeLessThanOrEqual(10);
  });

  test('fewer where there are many terms, each of which takes as long as several of them', () => {
    const index = new TermIndex();
    const count = 2_000;
    for (let i = 0; i < count; i++) addDocument(index, `k${i}`, '', [[`term${i}`]]);
    const before = mostOf(index, index.vacuumSteps());
    expect(before.all).toBe(count);
    expect(before.most).toBeLessThanOrEqual(WORK_PER_STEP / 16);
    // Each of them is gone, and has to be taken out of the tree: that goes in steps, too.
    for (let i = 0; i < count; i++) index.discard(`k${i}`);
    let [steps, most, left] = [0, 0, index.termCount];
    for (const clearing = index.vacuumSteps(); clearing.next().done !== true; steps++) {
      most = Math.max(most, left - index.termCount);
      left = index.termCount;
    }
    expect(left - index.termCount).toBeLessThanOrEqual(WORK_PER_STEP / 16);
    expect(most).toBeLessThanOrEqual(WORK_PER_STEP / 16);
    expect(index.termCount).toBe(0);
    expect(steps).toBeGreaterThan((2 * count) / (WORK_PER_STEP / 16) - 3);
    expect(steps).toBeLessThan((2 * count) / (WORK_PER_STEP / 16) + 3);
  });
});
