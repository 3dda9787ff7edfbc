import { materialize } from '../../packages/core/src/crdt/index.js';
import { sameValue, type Value } from '../../packages/core/src/primitives/index.js';
import type { AppTab, OpenView } from './app-tab.js';
import { comparePlainly, evaluatePlainly, fieldsOf, type Fields, type PlainRow } from './queries.js';

/** What may be known of a record that is not loaded. */
interface Glimpse {
  readonly kept: Fields | null;
  /** What shows of it by what is pending alone. */
  readonly held: Fields | null;
  readonly isPending: boolean;
}

/**
 * CL-2, while the map is loading: of what storage has told this tab that it kept of the view, every row is shown that nothing is pending of, and as it was
 * kept; what is pending is merged in, whichever of the two is later; and there is nothing else. `null`: so it is.
 */
export function faultOfPreview(
  tab: AppTab,
  view: OpenView,
  shown: readonly PlainRow[],
  held: readonly PlainRow[],
): string | null {
  const { query, map, handle } = view;
  const keptView = tab.disk.toldViews.get(handle.key);
  if (keptView === undefined) return 'not what is held, and nothing was kept';
  const keptRows = new Map<string, Fields>();
  const ending = new Set<string>();
  for (const [key, record] of keptView.records) {
    // CR-9: its end may have come, or not yet by this device's clock: then it may show or not.
    if (typeof record.expiry?.at === 'number') ending.add(key);
    const value = materialize(record);
    if (value !== undefined) keptRows.set(key, fieldsOf(value));
  }
  const heldRows = new Map(held.map(({ key, fields }) => [key, fields]));
  const glimpse = (key: string): Glimpse => ({
    kept: keptRows.get(key) ?? null,
    held: heldRows.get(key) ?? null,
    // A record with a refused write may have others that are pending.
    isPending: heldRows.has(key) || tab.client.syncState(map, key) !== 'synced',
  });

  const inOrder = evaluatePlainly(query, shown).map(({ key }) => key);
  if (shown.map(({ key }) => key).join() !== inOrder.join()) return `not ${inOrder.join()} of those`;
  for (const { key, fields } of shown) {
    if (!mayBe(fields, glimpse(key))) return `${key} is neither what was kept nor what is pending`;
  }
  const last = shown.length < query.limit ? undefined : shown.at(-1);
  const compare = comparePlainly(query);
  const isDue = (key: string, fields: Fields): boolean =>
    query.holds(fields, key) && (last === undefined || compare({ key, fields }, last) < 0);
  const isShown = new Set(shown.map(({ key }) => key));
  for (const key of new Set([...keptRows.keys(), ...heldRows.keys()])) {
    const variants = variantsOf(glimpse(key));
    const isMissing = !ending.has(key) && variants.length > 0 && variants.every((fields) => isDue(key, fields));
    if (isMissing && !isShown.has(key)) return `${key} is missing`;
  }
  return null;
}

/** What the record may be; none: it cannot be told from outside. */
function variantsOf({ kept, held, isPending }: Glimpse): readonly Fields[] {
  if (!isPending) return kept === null ? [] : [kept];
  if (held === null) return [];
  // A query sees of sets and counters that they are there, and no more.
  return kept === null ? [held] : [held, { ...kept, ...held }, { ...held, ...kept }];
}

function mayBe(fields: Fields, { kept, held, isPending }: Glimpse): boolean {
  const names = Object.keys(fields);
  if (!isPending) {
    return (
      kept !== null &&
      names.length === Object.keys(kept).length &&
      names.every((name) => isSame(fields[name], kept[name]))
    );
  }
  // Edits and removals of what is not held here show in the preview alone.
  if (held === null) return kept !== null;
  return names.every((name) => mayBeOf(fields[name], kept?.[name], held[name]));
}

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && sameValue(a, b));

/** One of the two, or of a counter the sum, unless some of what is pending is counted in what was kept, or of a set the union, less what was taken out. */
function mayBeOf(shown: Value | undefined, kept: Value | undefined, held: Value | undefined): boolean {
  if (isSame(shown, held) || isSame(shown, kept)) return true;
  if (typeof shown === 'number' && typeof kept === 'number' && typeof held === 'number') {
    return shown >= Math.min(kept, kept + held) && shown <= Math.max(kept, kept + held);
  }
  if (!Array.isArray(shown) || !Array.isArray(kept) || !Array.isArray(held)) return false;
  const isIn = (item: Value, ...lists: readonly (readonly Value[])[]): boolean =>
    lists.some((list) => list.some((other) => sameValue(item, other)));
  const [all, before, own] = [shown, kept, held] as readonly (readonly Value[])[];
  return (
    (all ?? []).every((item) => isIn(item, before ?? [], own ?? [])) &&
    (own ?? []).every((item) => isIn(item, all ?? []))
  );
}
