import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlainObject, Value } from '../../primitives/index.js';
import { canonicalForm } from '../language/canonical-query.js';
import { evaluate, evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { findCounterexample, includingQueryInput, linkedEntries, RELATED_MAPS } from '../query.arbitrary.js';
import { describeQueryError } from '../language/query-error.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { validateQuery } from '../language/validate-query.js';
import { flattenQuery, stripForWire } from './flatten-query.js';

function parsed(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

const world = fc
  .tuple(...RELATED_MAPS.map(() => linkedEntries))
  .map((lists) => ({ maps: new Map(RELATED_MAPS.map((map, i) => [map as string, lists[i] ?? []])) }));

/** The keys of all rows shown under these names, in rows shown under these names … */
function keysAt(rows: readonly PlainObject[], path: readonly string[]): Set<unknown> {
  const [name, ...rest] = path;
  if (name === undefined) return new Set(rows.map((row) => row['_key']));
  return keysAt(
    rows.flatMap((row) => {
      const related = row[name] as Value;
      return (related === null ? [] : Array.isArray(related) ? related : [related]) as PlainObject[];
    }),
    rest,
  );
}

describe('QU-18: relations on the wire', () => {
  test('are queries within their parent’s, each with the names that lead to it', () => {
    const query = parsed({
      where: { done: false },
      fields: ['text'],
      limit: 5,
      include: {
        owner: { map: 'users', on: ['ownerId', '_key'], one: true, fields: 'name' },
        notes: {
          map: 'notes',
          on: ['_key', 'todoId'],
          limit: 2,
          include: { author: { map: 'users', on: ['by', '_key'] } },
        },
      },
    });
    const root = parsed({ where: { done: false }, limit: 5 });
    const notes = { ...parsed({ limit: 2 }), within: { map: 'todos', query: root, on: [['_key'], ['todoId']] } };
    expect(flattenQuery('todos', query)).toEqual([
      { path: [], map: 'todos', query: root },
      { path: ['notes'], map: 'notes', query: notes },
      {
        path: ['notes', 'author'],
        map: 'users',
        query: { ...parsed({}), within: { map: 'notes', query: notes, on: [['by'], ['_key']] } },
      },
      {
        path: ['owner'],
        map: 'users',
        query: { ...parsed({ limit: 1 }), within: { map: 'todos', query: root, on: [['ownerId'], ['_key']] } },
      },
    ]);
  });

  test('a query without relations is one subscription: itself, without what only the app sees', () => {
    const query = parsed({ where: { a: 1 }, fields: ['a'] });
    expect(flattenQuery('m', query)).toEqual([{ path: [], map: 'm', query: parsed({ where: { a: 1 } }) }]);
    expect(stripForWire(query)).toEqual(parsed({ where: { a: 1 } }));
    const groups = parsed({ distinct: 'a' });
    expect(stripForWire(groups)).toEqual(groups);
  });

  test('the rows of each are exactly those shown under its names', () => {
    let nested = 0;
    const property = fc.property(includingQueryInput, linkedEntries, world, (input, rows, others) => {
      const query = parsed({ ...input, fields: undefined });
      const shown = evaluateShown(query, rows, others);
      const maps = new Map([...others.maps, ['root', rows]]);
      for (const { path, map, query: wire } of flattenQuery('root', query)) {
        const held = evaluate(wire, maps.get(map) ?? [], { maps });
        if (path.length > 1 && held.length > 0) nested += 1;
        expect(new Set(held.map(({ key }) => key))).toEqual(keysAt(shown, path));
        expect(held).toHaveLength(new Set(held.map(({ key }) => key)).size);
      }
    });
    fc.assert(property, { numRuns: 500 });
    expect(nested).toBeGreaterThan(5);
  });

  test('that comparison notices a limit that is not each parent’s own', () => {
    const property = fc.property(includingQueryInput, linkedEntries, world, (input, rows, others) => {
      const query = parsed({ ...input, fields: undefined });
      const shown = evaluateShown(query, rows, others);
      const maps = new Map([...others.maps, ['root', rows]]);
      for (const { path, map, query: wire } of flattenQuery('root', query)) {
        const held = evaluate({ ...wire, limit: null }, maps.get(map) ?? [], { maps });
        const first = wire.limit === null ? held : held.slice(0, wire.limit);
        expect(new Set(first.map(({ key }) => key))).toEqual(keysAt(shown, path));
      }
    });
    expect(findCounterexample(property, 500, 11)).not.toBeNull();
  });

  test('each is a canonical query that the other side takes as it is', () => {
    fc.assert(
      fc.property(includingQueryInput, (input) => {
        for (const { query } of flattenQuery('root', parsed(input))) {
          expect(canonicalForm(query)).toEqual(query);
          expect(validateQuery(JSON.parse(JSON.stringify(query)))).toEqual({ ok: true, value: query });
        }
      }),
    );
  });
});
