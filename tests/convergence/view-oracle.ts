import type { Value } from '../../packages/core/src/primitives/index.js';
import type { AppTab, OpenView } from './app-tab.js';
import { comparePlainly, evaluatePlainly, fieldsOf, type Fields, type PlainRow } from './queries.js';
import { faultOfPreview } from './preview-oracle.js';
import { must } from './violation.js';

/**
 * CL-3, SY-5, at every step. A view that is not settled is the query over all that its tab holds. A settled one leaves out rows that the
 * server has not confirmed and nobody here has written: of what is shown, every row is the tab's own, matches, and is in its place;
 * of what is pending, every row that matches is shown. While a map is loading its views may show what was kept of them (CL-2), and while a view is filled in turns for the
 * first time it shows what is written here (CL-25), beside what was kept of it.
 */
export function checkShown(tab: AppTab): void {
  const rowsOf = new Map<string, readonly PlainRow[]>();
  for (const view of tab.views.values()) {
    const { data, settled, status } = view.read();
    const shown = data.map(({ _key: key }) => key);
    let held = rowsOf.get(view.map);
    if (held === undefined) {
      held = [...tab.rows(view.map)].map(([key, value]) => ({ key, fields: fieldsOf(value) }));
      rowsOf.set(view.map, held);
    }
    const mayBeKept = tab.isFilling && tab.disk.toldViews.has(view.handle.key);
    const isFilled = (status !== 'loading' && !mayBeKept) || !tab.isLoaded(view.map);
    const isPart = settled || !isFilled || view.query.limit < Number.POSITIVE_INFINITY;
    let fault = isPart ? partOf(tab, view, shown, held) : all(view, shown, held);
    if (fault === null && !areEqual(data, held)) fault = 'other values';
    const isPreview = fault !== null && !settled && !tab.isLoaded(view.map);
    if (isPreview) fault = faultOfPreview(tab, view, data.map(rowOf), held);
    must(fault === null, 'views-at-every-step', () => {
      return `${tab.name} shows for ${view.handle.key} ${JSON.stringify(data)} of ${JSON.stringify(rowsOf.get(view.map))}: ${fault}`;
    });
  }
}

function all({ query }: OpenView, shown: readonly string[], held: readonly PlainRow[]): string | null {
  const expected = evaluatePlainly(query, held).map(({ key }) => key);
  return shown.join() === expected.join() ? null : `not ${expected.join()}`;
}

function partOf(tab: AppTab, view: OpenView, shown: readonly string[], held: readonly PlainRow[]): string | null {
  const { query, map } = view;
  const rows = held.filter(({ key }) => shown.includes(key));
  const expected = evaluatePlainly(query, rows).map(({ key }) => key);
  if (shown.join() !== expected.join()) return `not ${expected.join()}`;
  const last = shown.length < query.limit ? undefined : rows.find(({ key }) => key === shown.at(-1));
  const compare = comparePlainly(query);
  const missing = held.find(
    (row) =>
      !shown.includes(row.key) &&
      query.holds(row.fields, row.key) &&
      tab.client.syncState(map, row.key) === 'pending' &&
      (last === undefined || compare(row, last) < 0),
  );
  return missing === undefined ? null : `${missing.key} is pending and missing`;
}

function areEqual(data: readonly Row[], held: readonly PlainRow[]): boolean {
  const byKey = new Map(held.map(({ key, fields }) => [key, fields]));
  return data.map(rowOf).every(({ key, fields: own }) => {
    const fields = byKey.get(key) ?? {};
    const names = Object.keys(own);
    return names.length === Object.keys(fields).length && names.every((name) => isSame(own[name], fields[name]));
  });
}

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

interface Row {
  readonly _key: string;
}

function rowOf({ _key: key, ...fields }: Row): PlainRow {
  return { key, fields: fields as Fields };
}
