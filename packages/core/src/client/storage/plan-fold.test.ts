import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { WireChange } from './journal-rows.js';
import { pageOf } from './pages.js';
import { changesByKey, planFold, type FoldLimits, type KeyChanges, type PageChanges } from './plan-fold.js';

const key = fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`);
const changes = fc.array(key, { maxLength: 60 }).map((keys) => keys.map((each): WireChange => [each]));
const limits: fc.Arbitrary<FoldLimits> = fc.record({
  pages: fc.integer({ min: 1, max: 4 }),
  changes: fc.integer({ min: 1, max: 12 }),
});
/** Of the pages as each transaction finds them: others may have come and gone meanwhile. */
const layouts = fc.array(
  fc.uniqueArray(key, { maxLength: 8 }).map((firsts) => firsts.toSorted((a, b) => (a < b ? -1 : 1))),
  { minLength: 1, maxLength: 5 },
);

/** All plans, one after the other, to the end. */
function planAll(work: readonly KeyChanges[], layout: readonly (readonly string[])[], max: FoldLimits) {
  const plans: { readonly pages: readonly PageChanges[]; readonly firsts: readonly string[] }[] = [];
  for (let from = 0; from < work.length;) {
    const firsts = layout[plans.length % layout.length] as readonly string[];
    const { pages, next } = planFold(work, from, firsts, max);
    expect(next).toBeGreaterThan(from);
    plans.push({ pages, firsts });
    from = next;
  }
  return plans;
}

describe('what is folded next', () => {
  it('CL-2: is in the end every change once, those of a record in the order in which they were made', () => {
    fc.assert(
      fc.property(changes, layouts, limits, (all, layout, max) => {
        const folded = planAll(changesByKey(all), layout, max).flatMap(({ pages }) =>
          pages.flatMap((page) => page.changes),
        );
        expect(folded).toHaveLength(all.length);
        for (const each of new Set(all.map(([of]) => of))) {
          const of = (list: readonly WireChange[]) => list.filter((change) => change[0] === each);
          // The very changes: they are equal among each other.
          of(folded).forEach((change, i) => expect(change).toBe(of(all)[i]));
        }
      }),
    );
  });

  it('CL-2: goes into the page that is there for the record now, into each once, and no more at a time than is allowed', () => {
    fc.assert(
      fc.property(changes, layouts, limits, (all, layout, max) => {
        for (const { pages, firsts } of planAll(changesByKey(all), layout, max)) {
          expect(pages.length).toBeLessThanOrEqual(max.pages);
          expect(new Set(pages.map(({ first }) => first)).size).toBe(pages.length);
          for (const page of pages) for (const [of] of page.changes) expect(pageOf(firsts, of)).toBe(page.first);
          const keys = new Set(pages.flatMap((page) => page.changes.map(([of]) => of)));
          const count = pages.reduce((sum, page) => sum + page.changes.length, 0);
          if (keys.size > 1) expect(count).toBeLessThanOrEqual(max.changes);
        }
      }),
    );
  });

  it('CL-2: is as much as is allowed: what comes next would have been too much, or another page', () => {
    fc.assert(
      fc.property(changes, layouts, limits, (all, [firsts = []], max) => {
        const work = changesByKey(all);
        const { pages, next } = planFold(work, 0, firsts, max);
        const after = work[next];
        if (after === undefined) return;
        const count = pages.reduce((sum, page) => sum + page.changes.length, 0);
        const isOfAnother = pageOf(firsts, after.key) !== pages.at(-1)?.first;
        const isTooMuch = count + after.changes.length > max.changes;
        expect(isTooMuch || (isOfAnother && pages.length === max.pages)).toBe(true);
      }),
    );
  });
});
