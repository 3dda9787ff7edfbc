import { explainPlan, type PlanExplanation } from '../indexes/explain-plan.js';
import type { RecordIndexes } from '../indexes/record-indexes.js';
import type { Query } from '../query.js';
import { createView, type View } from './create-view.js';

/** A view that is loaded, and how it got at its records. */
export interface OpenedView {
  readonly view: View;
  readonly explanation: ViewExplanation;
}

export interface ViewExplanation extends PlanExplanation {
  /** How many rows met the query, those beyond the limit included; of a grouped one, how many groups. */
  readonly matched: number;
}

/** A view of a query, loaded from the records of a map by way of its indexes. */
export function openView(query: Query, indexes: RecordIndexes): OpenedView {
  const view = createView(query);
  const { plan, entries } = indexes.select(query.where);
  view.load(entries);
  return { view, explanation: { ...explainPlan(plan, indexes.size), matched: view.totalMatching } };
}
