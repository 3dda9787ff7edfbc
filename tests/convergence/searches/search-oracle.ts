import type { SearchHandle } from '../../../packages/core/src/client/search/search-handle.js';
import type { SearchResult } from '../../../packages/core/src/client/search/search-result.js';
import type { AnyRow } from '../../../packages/core/src/client/state/row.js';
import { canonicalJson, type Value } from '../../../packages/core/src/primitives/index.js';
import { seenValues } from '../access/seen-values.js';
import type { AppTab } from '../app-tab.js';
import { fieldsOf, type PlainRow } from '../queries.js';
import { must, type Oracle } from '../violation.js';
import type { World } from '../world.js';
import { completePlainly, countPlainly, findsPlainly, fits, wordsOf, type PlainSearch } from './plain-search.js';
import { WORKER_MS } from './search-worker.js';
import type { OpenSearch } from './tab-searches.js';

type OpenSearches = OpenSearch<SearchHandle<AnyRow>>;

/** So long after the last change a search shows what it finds: to the worker and back, twice. */
const QUIET_MS = 4 * WORKER_MS + 4;
/** And so long after it was opened: what was kept of its index is looked for, on a disk that others use. */
const INDEX_MS = 5_000;
/** And after so many looks: when time jumps, nothing has happened in it yet. */
const QUIET_LOOKS = 20;

/**
 * SE-21, SE-40, at every quiet step: what is shown is what a fresh search of all that the tab holds would find, and once the server has answered a part of that,
 * with all that is pending.
 */
export class QuietSearches {
  readonly #seen = new WeakMap<AppTab, { readonly state: string; readonly since: number; looks: number }>();
  /** How many have been looked at. */
  checked = 0;

  check(world: World): void {
    const now = world.time.clock.now();
    for (const { tab } of world.openTabs()) {
      if (tab.live.searches.size === 0) continue;
      const state = stateOf(tab);
      const seen = this.#seen.get(tab);
      if (seen?.state !== state) this.#seen.set(tab, { state, since: now, looks: 0 });
      else if (!tab.isFrozen && ++seen.looks > QUIET_LOOKS)
        this.#checkTab(tab, now - Math.max(seen.since, tab.thawedAt));
    }
  }

  #checkTab(tab: AppTab, quietMs: number): void {
    for (const open of tab.live.searches.values()) {
      if (!tab.isLoaded(open.search.map)) continue;
      if (quietMs < (open.handle.getSnapshot().loading ? INDEX_MS : QUIET_MS)) continue;
      this.checked += 1;
      checkHeld(tab, open);
    }
  }
}

/** All that what it shows depends on. */
function stateOf(tab: AppTab): string {
  const searches = [...tab.live.searches.keys()];
  const maps = new Set(Array.from(tab.live.searches.values(), ({ search: { map } }) => map));
  const rows = [...maps].map((map) =>
    [...tab.rows(map)].map(([key, value]) => [key, value, tab.client.syncState(map, key)]),
  );
  const isLoaded = [...maps].map((map) => tab.isLoaded(map));
  return JSON.stringify([searches, rows, isLoaded, tab.client.getConnectionState()]);
}

const rowsOf = (values: ReadonlyMap<string, Value>): readonly PlainRow[] =>
  [...values].map(([key, value]) => ({ key, fields: fieldsOf(value) }));

function checkHeld(tab: AppTab, { search, handle }: OpenSearches): void {
  const { error, facets, loading, results, source, total } = handle.getSnapshot();
  const held = rowsOf(tab.rows(search.map));
  const found = findsPlainly(search, held);
  const expect = expecting('searches', tab, search, results, found);
  expect(error === null, () => `says ${String(error)}`);
  if (loading) return expect(results.length === 0 && (source !== 'local' || found.length === 0), () => 'is loading');
  checkResults(expect, search, results, held);
  if (source === 'local') {
    const counts = (search.options.facets ?? []).map((name) => [name, countPlainly(name, found)]);
    expect(results.length === Math.min(found.length, limitOf(search)), () => 'some are missing');
    expect(total === found.length, () => `counts ${total}`);
    return expect(isEqual(facets, Object.fromEntries(counts)), () => `counts ${JSON.stringify(facets)}`);
  }
  if (results.length >= limitOf(search)) return;
  const missing = found.find(
    ({ key }) => tab.client.syncState(search.map, key) === 'pending' && !results.some((result) => result.key === key),
  );
  expect(missing === undefined, () => `${missing?.key} is pending and missing`);
}

/** SE-42, SE-44: in the end each search shows, counts and completes what a fresh one would, of all that its user may see. */
export function checkSearches(world: World): void {
  for (const { device, tab } of world.openTabs()) {
    for (const { search, handle } of tab.live.searches.values()) {
      const seen = rowsOf(seenValues(world, device, search.map));
      const found = findsPlainly(search, seen);
      const state = handle.getSnapshot();
      const expect = expecting('equal-searches', tab, search, state.results, found);
      expect(state.error === null && !state.loading, () => `says ${String(state.error)}, loading: ${state.loading}`);
      expect(state.source === 'server', () => `is of ${state.source}`);
      checkResults(expect, search, state.results, seen);
      expect(state.results.length === Math.min(found.length, limitOf(search)), () => 'some are missing');
      expect(state.total === found.length, () => `counts ${state.total} (${state.counted})`);
      for (const name of search.options.facets ?? []) {
        const told = state.facets[name];
        expect(isEqual(told, countPlainly(name, found)), () => `counts for ${name} ${JSON.stringify(told)}`);
      }
    }
    for (const { search, handle } of tab.live.completions.values()) {
      const completed = completePlainly(search, rowsOf(seenValues(world, device, search.map)));
      const { suggestions } = handle.getSnapshot();
      const shown = suggestions.map(({ text: value, count }) => ({ value, count }));
      must(isEqual(shown, completed), 'equal-searches', () => {
        return `${tab.name} completes ${search.text} in ${search.map} by\n  ${JSON.stringify(suggestions)}\n  instead of\n  ${JSON.stringify(completed)}`;
      });
    }
  }
}

type Expect = (holds: boolean, message: () => string) => void;

function expecting(
  oracle: Oracle,
  tab: AppTab,
  { map, text }: PlainSearch,
  results: readonly SearchResult<AnyRow>[],
  found: readonly PlainRow[],
): Expect {
  return (holds, message) =>
    must(holds, oracle, () => {
      return `${tab.name} shows for ${text} in ${map}\n  ${JSON.stringify(results)}\n  of\n  ${JSON.stringify(found)}: ${message()}`;
    });
}

/** Each is found, is as it is there, and in its place; and what is marked is what was searched for. */
function checkResults(
  expect: Expect,
  search: PlainSearch,
  results: readonly SearchResult<AnyRow>[],
  rows: readonly PlainRow[],
): void {
  const byKey = new Map(findsPlainly(search, rows).map((row) => [row.key, row]));
  results.forEach((result, i) => {
    const { key, score, value } = result;
    const row = byKey.get(key);
    expect(row !== undefined && isEqual(value, row.fields), () => `${key} is not found so`);
    const next = results[i + 1];
    const isBefore = next === undefined || score > next.score || (score === next.score && key < next.key);
    expect(isBefore, () => `${key} is out of its place`);
    if (search.options.highlight === true && row !== undefined) checkMarks(expect, search, result, row);
  });
}

function checkMarks(expect: Expect, search: PlainSearch, result: SearchResult<AnyRow>, row: PlainRow): void {
  const wanted = search.text.toLowerCase().split(' ');
  const marked = Object.entries(result.highlights ?? {}).flatMap(([name, ranges]) =>
    ranges.map(({ start, end }) => (row.fields[name] as string).slice(start, end)),
  );
  const meant = wordsOf(search, row).filter((word) => wanted.some((one) => fits(search, one, word)));
  expect(isEqual(marked, meant), () => `${result.key} is marked at ${marked.join()}, and not at ${meant.join()}`);
}

const limitOf = ({ options }: PlainSearch): number => options.limit ?? 20;

const isEqual = (a: unknown, b: unknown): boolean => canonicalJson(a as Value) === canonicalJson(b as Value);
