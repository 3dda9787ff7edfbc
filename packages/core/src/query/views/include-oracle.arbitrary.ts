import * as fc from 'fast-check';
import { canonicalJson, isPlainObject, type PlainObject, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { evaluate, evaluateShown } from '../evaluate/evaluate.js';
import type { IncludeView } from './include-view.js';
import { ALWAYS, type Path, type Predicate, type Query, type Relation, type SortKey } from '../query.js';
import { findDiffFault, findStateFault, writeAll, type Write } from './view-oracle.arbitrary.js';
import { naiveShown } from './naive-rows.arbitrary.js';

/** The records of several maps. */
export type World = ReadonlyMap<string, Map<string, Value>>;

export const MAPS = ['a', 'b', 'c'] as const;

const mapName = fc.constantFrom(...MAPS);

const key = fc.constantFrom('k0', 'k1', 'k2', 'k3', 'k4', 'k5');

const reference = fc.oneof(
  { weight: 4, arbitrary: key },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom<Value[]>(null, { to: 'k0' }, ['k0'], Uint8Array.of(1), '1', true) },
);

const row: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      { ref: reference, n: fc.integer({ min: 0, max: 2 }), text: fc.constantFrom('x', 'y') },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: reference },
);

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ key, after: row }) },
  { weight: 2, arbitrary: key.map((name) => ({ key: name, after: undefined })) },
  { weight: 1, arbitrary: key.map((name) => ({ key: name, again: true as const })) },
);

const writes = (maxLength: number): fc.Arbitrary<[string, Write][]> =>
  fc.array(fc.tuple(mapName, write), { maxLength });

/** What is written before the view is loaded, and batch by batch after that. */
export interface Script {
  readonly start: readonly (readonly [map: string, Write])[];
  readonly batches: readonly (readonly (readonly [map: string, Write])[])[];
}

export const script: fc.Arbitrary<Script> = fc.record({
  start: writes(25),
  batches: fc.array(
    fc.oneof({ weight: 2, arbitrary: fc.tuple(fc.tuple(mapName, write)) }, { weight: 1, arbitrary: writes(8) }),
    {
      maxLength: 20,
    },
  ),
});

const path: fc.Arbitrary<Path> = fc.constantFrom<Path[]>(['ref'], ['n'], ['_key'], ['text']);

const sort: fc.Arbitrary<SortKey[]> = fc.array(fc.tuple(path, fc.constantFrom('asc' as const, 'desc' as const)), {
  maxLength: 2,
});

const where: fc.Arbitrary<Predicate> = fc.constantFrom<Predicate[]>(
  ALWAYS,
  ALWAYS,
  { type: 'eq', path: ['text'], value: 'x' },
  { type: 'gte', path: ['n'], value: 1 },
  { type: 'exists', path: ['ref'], exists: true },
);

const fields: fc.Arbitrary<Path[] | undefined> = fc.constantFrom(undefined, undefined, [['n']], [['text'], ['ref']]);

/** A query with relations, nested up to the depth. */
export const including = (depth: number): fc.Arbitrary<Query> =>
  fc
    .tuple(where, sort, fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }), fields, relations(depth))
    .map(([condition, order, limit, chosen, include]) => ({
      where: condition,
      sort: order,
      limit,
      ...(chosen && { fields: chosen }),
      ...(include.length > 0 && { include }),
    }));

const relations = (depth: number): fc.Arbitrary<Relation[]> =>
  depth === 0
    ? fc.constant([])
    : fc.uniqueArray(relation(depth), { selector: ({ name }) => name, minLength: depth > 1 ? 1 : 0, maxLength: 2 });

const relation = (depth: number): fc.Arbitrary<Relation> =>
  fc
    .tuple(
      fc.constantFrom('more', 'one', '__proto__'),
      mapName,
      fc.tuple(path, path),
      fc.boolean(),
      fc.nat().chain(() => including(depth - 1)),
    )
    .map(([name, map, on, one, query]) => ({ name, map, on, one, query: one ? { ...query, limit: 1 } : query }));

/** The rows of an including query over a map, from scratch, with what is shown of each besides its key. */
export function naiveIncluded(query: Query, records: readonly Entry[], world: World): Entry[] {
  const maps = new Map([...world.keys()].map((map) => [map, recordsOf(world, map)]));
  return naiveShown(query, evaluate(query, records), evaluateShown(query, records, { maps }));
}

export const recordsOf = (world: World, map: string): Entry[] =>
  [...(world.get(map) ?? [])].map(([name, value]) => ({ key: name, value }));

export const emptyWorld = (): Map<string, Map<string, Value>> => new Map(MAPS.map((name) => [name, new Map()]));

/** Writes a batch into the world and says what changed in each map. */
export function writeWorld(batch: readonly (readonly [map: string, Write])[], world: World): Map<string, Change[]> {
  const changes = new Map<string, Change[]>();
  for (const [map, one] of batch) {
    const list = changes.get(map) ?? [];
    changes.set(map, list);
    list.push(...writeAll([interned(one)], world.get(map) as Map<string, Value>));
  }
  return changes;
}

/** Another object is another record, and its rows may differ though they say the same: here what says the same is one object. */
function interned(one: Write): Write {
  if ('again' in one || one.after === undefined) return one;
  const text = canonicalJson(one.after);
  const after = objects.get(text) ?? one.after;
  objects.set(text, after);
  return { key: one.key, after };
}

const objects = new Map<string, Value>();

/** As `findFault`, for a view over the maps of a world. */
export function findIncludeFault(
  create: (world: World) => IncludeView,
  query: Query,
  { start, batches }: Script,
): string | null {
  const world = emptyWorld();
  const view = create(world);
  const records = (): Entry[] => recordsOf(world, 'a');
  const definition = {
    isOfRecords: false,
    answer: (all: readonly Entry[]) => ({
      rows: naiveIncluded(query, all, world),
      matching: evaluate({ where: query.where, sort: [], limit: null }, all).length,
    }),
  };
  writeWorld(start, world);
  view.load(records());
  const fault = findStateFault(view, definition, records());
  if (fault !== null) return `load: ${fault}`;
  for (const [step, batch] of batches.entries()) {
    const earlier = view.rows();
    const diff = view.apply(writeWorld(batch, world));
    const broken =
      findStateFault(view, definition, records()) ??
      findDiffFault(diff, earlier, view.rows(), null) ??
      findRelatedFault(earlier, view.rows());
    if (broken !== null) return `batch ${step}: ${broken}`;
  }
  // Other records altogether, that nobody was told of.
  writeWorld(start.toReversed(), world);
  view.load(records());
  const reloaded = findStateFault(view, definition, records());
  return reloaded === null ? null : `loaded again: ${reloaded}`;
}

/** Related rows that say the same are the same objects, also in a parent that says something else. */
function findRelatedFault(earlier: readonly Entry[], rows: readonly Entry[]): string | null {
  const byKey = new Map(earlier.map(({ key: name, value }) => [name, value]));
  for (const { key: name, value } of rows) {
    const before = byKey.get(name);
    for (const list of [...Object.entries(isPlainObject(value) ? value : {})]) {
      const [field, items] = list;
      const former = isPlainObject(before) ? (before as PlainObject)[field] : undefined;
      if (!isRelatedRows(items) || !isRelatedRows(former)) continue;
      if (canonicalJson(items) === canonicalJson(former) && items !== former) return `${field} made anew`;
    }
  }
  return null;
}

const isRelatedRows = (value: unknown): value is readonly PlainObject[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => isPlainObject(item) && Object.hasOwn(item, '_key'));
