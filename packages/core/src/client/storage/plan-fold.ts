import type { WireChange } from './journal-rows.js';
import { pageOf } from './pages.js';

/** What has happened to one record, oldest first. */
export interface KeyChanges {
  readonly key: string;
  readonly changes: readonly WireChange[];
}

/** Changes of records that belong to one page. */
export interface PageChanges {
  readonly first: string;
  readonly changes: readonly WireChange[];
}

export interface FoldLimits {
  readonly pages: number;
  readonly changes: number;
}

export interface FoldPlan {
  readonly pages: readonly PageChanges[];
  /** Where the next one goes on. */
  readonly next: number;
}

/** The changes of a map by key, in the order of the keys. */
export function changesByKey(changes: Iterable<WireChange>): KeyChanges[] {
  const byKey = new Map<string, WireChange[]>();
  for (const change of changes) {
    const of = byKey.get(change[0]);
    if (of === undefined) byKey.set(change[0], [change]);
    else of.push(change);
  }
  return Array.from(byKey, ([key, of]) => ({ key, changes: of })).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * CL-2: what of these changes is folded next, into which pages: as much as the limits allow, one record at least, and each record's as a whole. `firsts`:
 * of the map's pages as they are now, sorted.
 */
export function planFold(
  work: readonly KeyChanges[],
  from: number,
  firsts: readonly string[],
  limits: FoldLimits,
): FoldPlan {
  const pages: { readonly first: string; readonly changes: WireChange[] }[] = [];
  let count = 0;
  let next = from;
  for (; next < work.length; next += 1) {
    const { key, changes } = work[next] as KeyChanges;
    if (count > 0 && count + changes.length > limits.changes) break;
    const first = pageOf(firsts, key);
    let page = pages.at(-1);
    if (page?.first !== first) {
      if (pages.length === limits.pages) break;
      pages.push((page = { first, changes: [] }));
    }
    for (const change of changes) page.changes.push(change);
    count += changes.length;
  }
  return { pages, next };
}
