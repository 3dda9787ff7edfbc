import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compileRanking } from '../compile-comparator.js';
import { compileAfter } from '../cursor/compile-after.js';
import type { Entry } from '../entry.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import type { SortKey } from '../query.js';
import { createAfter } from './after.js';
import { createFilter } from './filter.js';
import { createGroup } from './group.js';
import type { RowChange } from './operator.js';
import { createOrder } from './order.js';

/*
 * What each step says of one row: a table of all it may have been and all it may become. No cell is left out. A record is gone, outside of the
 * conditions, or inside, at a low place or a high one.
 */

const STATES = ['gone', 'outside', 'low', 'high'] as const;
type State = (typeof STATES)[number];
/** `none`: nothing is said. `+` it enters, `-` it leaves, `=` it changes. */
type Said = 'none' | '+' | '-' | '=';
type Table = Readonly<Record<State, Readonly<Record<State, Said>>>>;

const RECORDS: Readonly<Record<State, Value | undefined>> = {
  gone: undefined,
  outside: { n: -1 },
  low: { n: 1 },
  high: { n: 9 },
};
/** An object of its own each time, as each write makes one. */
const recordOf = (state: State): Value | undefined => {
  const record = RECORDS[state];
  return record === undefined ? undefined : { ...(record as object) };
};
const rowOf = (state: State): Entry | undefined => {
  const value = recordOf(state);
  return value === undefined ? undefined : { key: 'x', value };
};
const CELLS = STATES.flatMap((was) => STATES.map((is) => [was, is] as const));

function wordOf(emitted: readonly RowChange[]): string {
  const words = emitted.map(({ before, after }): Said => {
    if (before === undefined) return after === undefined ? 'none' : '+';
    return after === undefined ? '-' : '=';
  });
  return words.length === 0 ? 'none' : words.join(' ');
}

describe('QU-1: a filter', () => {
  const SAID: Table = {
    gone: { gone: 'none', outside: 'none', low: '+', high: '+' },
    outside: { gone: 'none', outside: 'none', low: '+', high: '+' },
    low: { gone: '-', outside: '-', low: '=', high: '=' },
    high: { gone: '-', outside: '-', low: '=', high: '=' },
  };
  const filter = () => createFilter(compilePredicate({ type: 'gte', path: ['n'], value: 0 }));

  test.each(CELLS)('of a record that was %s and is %s', (was, is) => {
    for (const others of [[], [{ key: 'y', value: { n: 5 } }]]) {
      const subject = filter();
      const row = rowOf(was);
      const loaded = subject.load(row === undefined ? others : [row, ...others]);
      const emitted: RowChange[] = [];
      const after = recordOf(is);
      subject.push({ key: 'x', after }, (change) => emitted.push(change));
      expect(wordOf(emitted)).toBe(SAID[was][is]);
      const [change] = emitted;
      expect(change?.before).toBe(change === undefined ? undefined : loaded.find(({ key }) => key === 'x'));
      if (change?.after !== undefined) expect(change.after.value).toBe(after);
      expect(subject.get('x')?.value).toBe(is === 'low' || is === 'high' ? after : undefined);
      expect(subject.size).toBe(others.length + (is === 'low' || is === 'high' ? 1 : 0));
    }
  });

  test.each(STATES)('of the very record it has, when that was %s, says nothing', (state) => {
    const row = rowOf(state);
    const subject = filter();
    subject.load(row === undefined ? [] : [row]);
    const emitted: RowChange[] = [];
    subject.push({ key: 'x', after: row?.value }, (change) => emitted.push(change));
    expect(emitted).toEqual([]);
  });
});

const ROWS = STATES.filter((state) => state !== 'gone');
/** Between steps there are rows, or none: of nothing that becomes nothing no step hears. */
const CHANGES = CELLS.filter(([was, is]) => was !== 'gone' || is !== 'gone');

describe('QU-23: what comes after a place', () => {
  const SORT: readonly SortKey[] = [[['n'], 'asc']];
  /** The place is that of a row with 5: what is outside of it or low comes before. */
  const SAID: Table = {
    gone: { gone: 'none', outside: 'none', low: 'none', high: '+' },
    outside: { gone: 'none', outside: 'none', low: 'none', high: '+' },
    low: { gone: 'none', outside: 'none', low: 'none', high: '+' },
    high: { gone: '-', outside: '-', low: '-', high: '=' },
  };

  test.each(CHANGES)('of a row that was %s and is %s', (was, is) => {
    const after = createAfter(compileAfter({ sort: SORT }, { values: [5], key: 'p' }));
    const change = { before: rowOf(was), after: rowOf(is) };
    const emitted: RowChange[] = [];
    after.push(change, (one) => emitted.push(one));
    expect(wordOf(emitted)).toBe(SAID[was][is]);
    for (const one of emitted) {
      expect(one.before).toBe(was === 'high' ? change.before : undefined);
      expect(one.after).toBe(is === 'high' ? change.after : undefined);
    }
  });
});

describe('QU-3: an order of two others, of which one is between low and high', () => {
  /** Where a row stands among others with 0 and 5: the first, the second, the third. */
  const PLACE: Readonly<Record<State, number>> = { gone: -1, outside: 0, low: 1, high: 2 };
  const OTHERS: readonly Entry[] = [
    { key: 'a', value: { n: 0 } },
    { key: 'b', value: { n: 5 } },
  ];

  test.each(CHANGES)('of a row that was %s and is %s it says both places', (was, is) => {
    for (const direction of ['asc', 'desc'] as const) {
      const order = createOrder(compileRanking({ sort: [[['n'], direction]] }));
      const [before, after] = [rowOf(was), rowOf(is)];
      order.load(before === undefined ? OTHERS : [before, ...OTHERS]);
      const emitted: unknown[] = [];
      order.push({ before, after }, (change) => emitted.push(change));
      const placeOf = (state: State): number =>
        state === 'gone' || direction === 'asc' ? PLACE[state] : 2 - PLACE[state];
      expect(emitted).toEqual([{ before, after, from: placeOf(was), to: placeOf(is) }]);
      expect(order.size).toBe(after === undefined ? 2 : 3);
      if (after !== undefined) expect(order.at(placeOf(is))).toBe(after);
    }
  });
});

describe('QU-20: groups by whether a row is outside, low or high', () => {
  const group = () => createGroup({ by: [['n']], aggregates: [['rows', 'count', null]] });
  const keyOf = (state: State): string => JSON.stringify([[(RECORDS[state] as { readonly n: number }).n]]);

  test.each(CHANGES)('a row alone that was %s and is %s takes its group with it', (was, is) => {
    const subject = group();
    const [before, after] = [rowOf(was), rowOf(is)];
    subject.load(before === undefined ? [] : [before]);
    const said: string[] = [];
    subject.push({ before, after }, (change) =>
      said.push(`${wordOf([change])}${(change.before ?? change.after)?.key}`),
    );
    const wanted =
      was === is ? [] : [...(was === 'gone' ? [] : [`-${keyOf(was)}`]), ...(is === 'gone' ? [] : [`+${keyOf(is)}`])];
    expect(said.toSorted()).toEqual(wanted.toSorted());
  });

  test.each(CHANGES)('a row among others that was %s and is %s changes two groups, or none', (was, is) => {
    const subject = group();
    const others = ROWS.map((state): Entry => ({ key: state, value: RECORDS[state] as Value }));
    const [before, after] = [rowOf(was), rowOf(is)];
    subject.load(before === undefined ? others : [before, ...others]);
    const said = new Map<string, unknown>();
    subject.push({ before, after }, (change) => {
      said.set((change.before ?? (change.after as Entry)).key, [wordOf([change]), change.after?.value]);
    });
    const wanted = new Map<string, unknown>();
    const numberOf = (state: State): number => (RECORDS[state] as { readonly n: number }).n;
    if (was !== is) {
      if (was !== 'gone') wanted.set(keyOf(was), ['=', { n: numberOf(was), rows: 1 }]);
      if (is !== 'gone') wanted.set(keyOf(is), ['=', { n: numberOf(is), rows: 2 }]);
    }
    expect(said).toEqual(wanted);
  });
});
