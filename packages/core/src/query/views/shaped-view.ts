import { compileComparator } from '../compile-comparator.js';
import { Join } from '../operators/join.js';
import type { Ordering } from '../compile-sort-path.js';
import type { Path } from '../query.js';
import { ShapedRows } from './shaped-rows.js';
import type { View } from './view.js';

/** The view with the chosen fields of its rows alone. `order` is the view's. */
export function createShapedView(view: View, fields: readonly Path[], order: Ordering): View {
  const shaped = new ShapedRows(view, new Join({ fields }, { load: () => [] }), compileComparator(order));
  return {
    get size() {
      return view.size;
    },
    get totalMatching() {
      return view.totalMatching;
    },
    get held() {
      return view.held;
    },
    has: (key) => view.has(key),
    holds: (key) => view.holds(key),
    indexOf: (key) => view.indexOf(key),
    rows: () => shaped.rows(),
    load: (entries) => shaped.load(entries),
    beginLoad: () => shaped.beginLoad(),
    prepare: () => view.prepare(),
    apply: (changes) => shaped.apply(changes, NO_CHANGES),
  };
}

const NO_CHANGES = new Map<string, never>();
