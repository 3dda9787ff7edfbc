import { canonicalJson, fnv1a64 } from '../../primitives/index.js';
import { canonicalForm } from '../language/canonical-query.js';
import type { Query } from '../query.js';

/** Names what a place in the order of rows depends on: which rows there are, and how they are ordered. Not how many are shown. */
export function queryShape(query: Query): string {
  const { where, sort, groupBy } = canonicalForm(query);
  return fnv1a64(canonicalJson([where, sort, groupBy ?? null]));
}
