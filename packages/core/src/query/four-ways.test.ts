import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import type { Entry } from './entry.js';
import { cursorAt } from './cursor/cursor-at.js';
import { evaluate } from './evaluate/evaluate.js';
import { INDEX_LIMITS } from './indexes/index-policy.js';
import { RecordIndexes } from './indexes/record-indexes.js';
import { validateQuery } from './language/validate-query.js';
import { parseQuery } from './parse-query.js';
import type { QueryInput } from './query-input.js';
import type { Query } from './query.js';
import { createView } from './views/create-view.js';
import { openView } from './views/open-view.js';

/*
 * A small shop, and what is asked of it: answers written by hand from the rules. Each question is answered in every way there is: from scratch, by a view
 * that came to its rows change by change, by one that found them through indexes, page by page, and as the query comes off the wire.
 */

const BYTES = Uint8Array.from([1, 2]);
const SHOP: Readonly<Record<string, Value>> = {
  apple: { name: 'Apple', price: 3, tags: ['fruit', 'red'], at: { shelf: 'A1' } },
  basil: { name: 'basil', price: 2.5, tags: ['herb'], at: { shelf: 'B2' } },
  cider: { name: 'Cider', price: 8, tags: [], at: { shelf: 'A2' }, sold: true },
  dates: { name: 'Dates 50%', price: null, tags: ['fruit'], at: null },
  eggs: { name: 'Eggs', price: '3', tags: 'ten', at: { shelf: 'B1' }, sold: false },
  figs: { name: 'FIGS', price: 3, at: { shelf: 'A1', box: 7 }, sold: true },
  grape: { name: 'Grape_red', price: -1, tags: ['fruit', 'RED'], code: BYTES },
  honey: 'just a text',
};
const ENTRIES: readonly Entry[] = Object.entries(SHOP).map(([key, value]) => ({ key, value }));

function queryOf(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
}

/** Of all rows of a query, three at a time: where one page ends the next begins. */
function pagesOf(query: Query): Entry[] {
  const rows: Entry[] = [];
  let after = query.after;
  for (;;) {
    const page = evaluate({ ...query, limit: 3, ...(after === undefined ? {} : { after }) }, ENTRIES);
    rows.push(...page);
    const last = page.at(-1);
    if (page.length < 3 || last === undefined) return rows.slice(0, query.limit ?? Infinity);
    after = cursorAt(query, last);
  }
}

type Way = readonly [what: string, answer: (query: Query) => readonly Entry[]];
const WAYS: readonly Way[] = [
  ['from scratch', (query) => evaluate(query, ENTRIES)],
  [
    'change by change, others having come and gone',
    (query) => {
      const view = createView(query);
      view.load([]);
      for (const [i, { key }] of ENTRIES.entries()) {
        // First as another record, and beside a stranger that goes again.
        const other = ENTRIES[(i + 3) % ENTRIES.length] as Entry;
        view.apply([{ key, before: undefined, after: other.value }, { key: `x${i}`, before: undefined, after: other.value }]); // prettier-ignore
      }
      for (const [i, { key, value }] of ENTRIES.toReversed().entries()) {
        view.apply([{ key, before: undefined, after: value }, { key: `x${i}`, before: undefined, after: undefined }]); // prettier-ignore
      }
      return view.rows();
    },
  ],
  [
    'through indexes of all paths',
    (query) => {
      const records = {
        size: ENTRIES.length,
        get: (key: string) => SHOP[key],
        entries: () => ENTRIES,
      };
      const indexes = new RecordIndexes(records, INDEX_LIMITS);
      for (const path of [['name'], ['price'], ['tags'], ['at', 'shelf'], ['sold'], ['code']])
        for (const type of ['hash', 'ordered'] as const) indexes.create({ type, path });
      return openView(query, indexes).view.rows();
    },
  ],
  ['page by page', pagesOf],
  [
    'as it comes off the wire',
    (query) => {
      const { fields, ...sent } = query;
      const again = validateQuery(JSON.parse(JSON.stringify(sent)));
      if (!again.ok) throw new Error(JSON.stringify(again.error));
      return evaluate({ ...again.value, ...(fields === undefined ? {} : { fields }) }, ENTRIES);
    },
  ],
];

const ROWS: readonly (readonly [QueryInput, string])[] = [
  // QU-1: equality by content; null is not missing.
  [{ where: { price: 3 } }, 'apple figs'],
  [{ where: { price: '3' } }, 'eggs'],
  [{ where: { price: null } }, 'dates'],
  [{ where: { price: { $isNull: true } } }, 'dates honey'],
  [{ where: { price: { $exists: false } } }, 'honey'],
  [{ where: { price: { $ne: 3 } } }, 'basil cider dates eggs grape honey'],
  [{ where: { price: { $nin: [3, null, '3'] } } }, 'basil cider grape honey'],
  [{ where: { tags: ['fruit', 'red'] } }, 'apple'],
  [{ where: { tags: [] } }, 'cider'],
  [{ where: { at: { shelf: 'A1' } } }, 'apple'],
  [{ where: { at: { box: 7, shelf: 'A1' } } }, 'figs'],
  [{ where: { 'at.shelf': 'A1' } }, 'apple figs'],
  [{ where: { code: BYTES } }, 'grape'],
  [{ where: { 'name.length': 5 } }, ''],
  // Comparisons within one type.
  [{ where: { price: { $gt: 2.5 } } }, 'apple cider figs'],
  [{ where: { price: { $lte: 2.5 } } }, 'basil grape'],
  [{ where: { price: { $gte: '' } } }, 'eggs'],
  [{ where: { price: { $between: [2.5, 3] } } }, 'apple basil figs'],
  [{ where: { price: { $between: [3, 2.5] } } }, ''],
  [{ where: { sold: { $gt: false } } }, 'cider figs'],
  [{ where: { code: { $gte: BYTES } } }, 'grape'],
  [{ where: { name: { $lt: 'D' } } }, 'apple cider'],
  [{ where: { _key: { $between: ['c', 'e'] } } }, 'cider dates'],
  // Plain negation holds where there is nothing.
  [{ where: { $not: { price: { $gt: 2.5 } } } }, 'basil dates eggs grape honey'],
  [{ where: { $not: { sold: true }, price: { $exists: true } } }, 'apple basil dates eggs grape'],
  [{ where: { $or: [{ sold: true }, { price: { $lt: 0 } }] } }, 'cider figs grape'],
  [{ where: { $and: [{ price: 3 }, { sold: true }] } }, 'figs'],
  [{ where: { $or: [] } }, ''],
  // QU-9: the whole text fits.
  [{ where: { name: { $like: 'c%' } } }, ''],
  [{ where: { name: { $ilike: 'c%' } } }, 'cider'],
  [{ where: { name: { $like: '_____' } } }, 'apple basil cider'],
  [{ where: { name: { $like: '%\\%' } } }, 'dates'],
  [{ where: { name: { $like: '%\\_red' } } }, 'grape'],
  [{ where: { name: { $ilike: 'figs' } } }, 'figs'],
  [{ where: { name: { $startsWith: 'E' } } }, 'eggs'],
  // QU-10: a part of the text fits.
  [{ where: { name: { $regex: '[0-9]' } } }, 'dates'],
  [{ where: { name: { $regex: /^[a-e]/i } } }, 'apple basil cider dates eggs'],
  // QU-11: an item, or a part of a text.
  [{ where: { tags: { $contains: 'red' } } }, 'apple'],
  [{ where: { tags: { $contains: 'TEN' } } }, 'eggs'],
  [{ where: { tags: { $containsAny: ['herb', 'red', 'e'] } } }, 'apple basil eggs'],
  [{ where: { tags: { $containsAll: ['fruit', 'red'] } } }, 'apple'],
  [{ where: { tags: { $containsAll: [] } } }, 'apple basil cider dates eggs grape'],
  // QU-3, QU-5: order, and a window on it.
  [{ sort: { price: 'asc' } }, 'honey dates grape basil apple figs cider eggs'],
  [{ sort: { price: 'desc' } }, 'eggs cider apple figs basil grape dates honey'],
  [{ sort: { sold: 'desc', price: 'asc' } }, 'figs cider eggs honey dates grape basil apple'],
  [{ sort: { tags: 'asc' }, limit: 4 }, 'figs honey eggs cider'],
  [{ where: { price: { $gte: 2.5 } }, sort: { price: 'desc' }, limit: 2 }, 'cider apple'],
  [{ sort: [['_key', 'desc']], limit: 1 }, 'honey'],
];

describe.each(WAYS)('QU-6: the rows of a shop, %s', (_what, answer) => {
  test.each(ROWS)('%j', (input, keys) => {
    const rows = answer(queryOf(input));
    expect(rows.map(({ key }) => key).join(' ')).toBe(keys);
    for (const { key, value } of rows) expect(value).toBe(SHOP[key]);
  });
});

/** Key and value of each group. */
const GROUPS: readonly (readonly [QueryInput, readonly (readonly [string, Value])[]])[] = [
  [
    { where: { price: { $exists: true } }, groupBy: 'sold', aggregate: { n: 'count', sum: { sum: 'price' } } },
    [
      ['[[]]', { n: 4, sum: 4.5 }],
      ['[[false]]', { sold: false, n: 1, sum: 0 }],
      ['[[true]]', { sold: true, n: 2, sum: 11 }],
    ],
  ],
  [
    { groupBy: ['price'], aggregate: { n: 'count' }, sort: { n: 'desc', price: 'desc' }, limit: 3 },
    [
      ['[[3]]', { price: 3, n: 2 }],
      ['[["3"]]', { price: '3', n: 1 }],
      ['[[8]]', { price: 8, n: 1 }],
    ],
  ],
  [
    { distinct: 'at.shelf', where: { 'at.shelf': { $startsWith: 'A' } } },
    [
      ['[["A1"]]', { at: { shelf: 'A1' } }],
      ['[["A2"]]', { at: { shelf: 'A2' } }],
    ],
  ],
  [
    {
      aggregate: { least: { min: 'price' }, most: { max: 'price' }, mean: { avg: 'price' }, some: { count: 'price' } },
    },
    [['[]', { least: -1, most: '3', mean: 3.1, some: 6 }]],
  ],
  [{ where: { price: 99 }, aggregate: { n: 'count' } }, []],
];

describe.each(WAYS)('QU-13: the groups of a shop, %s', (_what, answer) => {
  test.each(GROUPS)('%j', (input, groups) => {
    expect(answer(queryOf(input)).map(({ key, value }) => [key, value])).toEqual(groups);
  });
});
