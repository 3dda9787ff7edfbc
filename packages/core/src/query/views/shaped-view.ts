import { compileComparator } from '../compile-comparator.js';
import { Join } from '../operators/join.js';
import type { Path, SortKey } from '../query.js';
import { ShapedRows } from './shaped-rows.js';
import type { View } from './view.js';

/** The view with the chosen fields of its rows alone. `sort` is the view's order. */
export function createShapedView(view: View, fields: readonly Path[], sort: readonly SortKey[]): View {
  const shaped = new ShapedRows(view, new Join({ fields }, { load: () => [] }), compileComparator(sort));
  return {
    get size() {
      return view.size;
    },
    get totalMatching() {
      return view.totalMatching;
    },
    has: (key) => view.has(key),
    holds: (key) => view.holds(key),
    indexOf: (key) => view.indexOf(key),
    rows: () => shaped.rows(),
    load: (entries) => shaped.load(entries),
    apply: (changes) => shaped.apply(changes, NO_CHANGES),
  };
}

const NO_CHANGES = new Map<string, never>();
