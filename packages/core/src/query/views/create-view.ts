import { compileRanking } from '../compile-comparator.js';
import { compileAfter } from '../cursor/compile-after.js';
import { compileRowTest } from '../cursor/compile-row-test.js';
import { createFilter } from '../operators/filter.js';
import { createLimit } from '../operators/limit.js';
import { createAfter } from '../operators/after.js';
import { createGroup } from '../operators/group.js';
import { createOrder } from '../operators/order.js';
import type { Query } from '../query.js';
import { createGroupHead } from './group-head.js';
import { assembleView, type Head } from './pipeline-view.js';
import { createShapedView } from './shaped-view.js';
import type { View } from './view.js';

export { assembleView, type Head, type Pipeline } from './pipeline-view.js';
export type { View } from './view.js';

/**
 * Builds the pipeline filter → group → order → limit for a canonical query over one map, as far as the query has need of it, and
 * shows the chosen fields. Rows without a sort order are sorted by key. Of `include` and `within` it knows nothing:
 * those are about other maps.
 */
export function createView(query: Query): View {
  const order = createOrder(compileRanking(query));
  const view = assembleView({
    filter: headOf(query),
    order,
    limit: query.limit === null ? null : createLimit(query.limit, order),
    count: query.limit ?? Infinity,
  });
  return query.fields === undefined ? view : createShapedView(view, query.fields, query);
}

function headOf(query: Query): Head {
  const { after, groupBy } = query;
  // Of records, what comes before the cursor need not even be held.
  const filter = createFilter(compileRowTest(query));
  if (groupBy === undefined) return filter;
  if (after === undefined) return createGroupHead(filter, createGroup(groupBy), null);
  const isAfter = compileAfter(query, after);
  return createGroupHead(filter, createGroup(groupBy), { operator: createAfter(isAfter), isAfter });
}
