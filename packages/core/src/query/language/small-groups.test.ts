import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { objectOf } from '../query.arbitrary.js';
import type { QueryInput } from '../query-input.js';
import type { Path } from '../query.js';
import type { QueryError } from './query-error.js';
import { validateQuery } from './validate-query.js';

/*
 * Groups by every two paths of a small world, with every two aggregates: an app's words and those off the wire are taken and refused alike, by the rule
 * that no two things are shown under one name, and none under the key's.
 */

const PATHS: readonly Path[] = [
  ['a'],
  ['b'],
  ['a', 'x'],
  ['a.x'],
  ['c', 'a'],
  ['_key'],
  ['_key', 'x'],
  ['x', '_key'],
  ['__proto__'],
];
const NAMES = ['n', 'a', 'c', 'x', 'a.x', '_key', '', '__proto__', 'toString'] as const;

/** Every list of at most two of these, in either order, each once. */
const upToTwo = <T>(items: readonly T[]): (readonly T[])[] => [
  [],
  ...items.map((item) => [item]),
  ...items.flatMap((one) => items.filter((other) => other !== one).map((other) => [one, other])),
];

interface Asked {
  readonly by: readonly Path[];
  readonly names: readonly string[];
}
const ASKED: readonly Asked[] = upToTwo(PATHS).flatMap((by) => upToTwo(NAMES).map((names) => ({ by, names })));

/** QU-13 and the words of the error: a name is a text that is neither the key's nor one that a path begins with. */
const isGood = ({ by, names }: Asked): boolean =>
  by.every(([first]) => first !== '_key') &&
  names.every((name) => name !== '' && name !== '_key' && by.every(([first]) => first !== name));

const byApp = ({ by, names }: Asked) =>
  parseQuery({ groupBy: by, aggregate: objectOf(names.map((name) => [name, 'count'])) as never });
const byWire = ({ by, names }: Asked) =>
  validateQuery({
    where: { type: 'and', of: [] },
    sort: [],
    limit: null,
    groupBy: { by, aggregates: names.map((name) => [name, 'count', null]) },
  });

describe('QU-13: groups of every two paths and aggregates', () => {
  test('are taken where no name is taken twice, by an app and off the wire', () => {
    const taken = ASKED.filter(isGood);
    expect(ASKED.filter((asked) => byApp(asked).ok)).toEqual(taken);
    expect(ASKED.filter((asked) => byWire(asked).ok)).toEqual(taken);
    expect(Math.min(taken.length, ASKED.length - taken.length)).toBeGreaterThan(1_000);
  });

  test('are the same query, whichever way they were said', () => {
    const texts = new Map<string, string>();
    for (const asked of ASKED.filter(isGood)) {
      const [app, wire] = [byApp(asked), byWire(asked)];
      expect(wire).toEqual(app);
      if (!app.ok) continue;
      // Nothing has an order: neither the paths nor the names.
      const text = canonicalJson(app.value);
      const said = `${asked.by
        .map((path) => canonicalJson(path))
        .toSorted()
        .join()} ${asked.names.toSorted().join()}`;
      expect([said, texts.get(said) ?? text]).toEqual([said, text]);
      texts.set(said, text);
    }
    // And two that say different things are two, but for a path that is inside another one.
    const different = [...texts.keys()].filter((said) => !said.includes('["a","x"],["a"]'));
    expect(new Set(different.map((said) => texts.get(said))).size).toBe(different.length);
  });

  test('are refused for what is wrong, at its place', () => {
    const codes = new Map<string, number>();
    for (const asked of ASKED.filter((one) => !isGood(one))) {
      const [app, wire] = [byApp(asked), byWire(asked)];
      if (app.ok || wire.ok) throw new Error(`taken: ${JSON.stringify(asked)}`);
      const { by, names } = asked;
      const badPath = by.findIndex(([first]) => first === '_key');
      const badName = names.find(
        (name) => name === '' || name === '_key' || by.some(([first]) => first === name),
      ) as string;
      const code: QueryError['code'] = badPath < 0 && badName === '' ? 'wrong-type' : 'name-taken';
      expect([asked, app.error.code, wire.error.code]).toEqual([asked, code, code]);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      expect(app.error.path).toEqual(badPath < 0 ? ['aggregate', badName] : ['groupBy', badPath]);
      expect(wire.error.path.slice(0, 3)).toEqual(
        badPath < 0 ? ['groupBy', 'aggregates', names.indexOf(badName as never)] : ['groupBy', 'by', badPath],
      );
    }
    expect(Math.min(...codes.values())).toBeGreaterThan(50);
  });

  test('show each thing under its own name, and nothing else', () => {
    const record = objectOf([
      ['a', { x: 1, y: 2 }],
      ['b', 3],
      ['a.x', 4],
      ['c', { a: 5 }],
      ['x', { _key: 6 }],
      ['__proto__', 7],
    ]);
    const rows: readonly Entry[] = [{ key: 'k', value: record as Entry['value'] }];
    for (const asked of ASKED.filter(isGood)) {
      const query = byApp(asked);
      if (!query.ok) throw new Error('refused');
      const [group] = evaluate(query.value, rows);
      const shown = new Set([...asked.by.map(([first]) => first), ...asked.names]);
      expect([asked, new Set(Object.keys(group?.value as object))]).toEqual([asked, shown]);
      for (const name of asked.names) expect(Object.getOwnPropertyDescriptor(group?.value, name)?.value).toBe(1);
    }
  });
});

describe('QU-14: the functions of aggregates', () => {
  const FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max'] as const;
  const OTHERS = ['median', 'COUNT', '', '__proto__', 'toString', 'constructor', '$sum'] as const;
  const appTakes = (aggregate: unknown): boolean => parseQuery({ aggregate: { n: aggregate } } as QueryInput).ok;
  const wireTakes = (fn: unknown, path: unknown): boolean =>
    validateQuery({
      where: { type: 'and', of: [] },
      sort: [],
      limit: null,
      groupBy: { by: [], aggregates: [['n', fn, path]] },
    }).ok;

  test('are five, each of a path; of rows alone there is a count', () => {
    for (const fn of FUNCTIONS) {
      expect([fn, appTakes({ [fn]: 'a.b' }), wireTakes(fn, ['a', 'b'])]).toEqual([fn, true, true]);
      expect([fn, appTakes({ [fn]: ['a.b'] }), wireTakes(fn, ['a.b'])]).toEqual([fn, true, true]);
      expect([fn, appTakes(fn), wireTakes(fn, null)]).toEqual([fn, fn === 'count', fn === 'count']);
      for (const path of [[], 7, undefined, {}, ['a', 7], Array(17).fill('a')]) {
        expect([fn, path, appTakes({ [fn]: path }), wireTakes(fn, path)]).toEqual([fn, path, false, false]);
      }
    }
  });

  test('and no other name is one, as a property of any object least of all', () => {
    for (const fn of OTHERS) {
      expect([fn, appTakes(objectOf([[fn, 'a']])), wireTakes(fn, ['a'])]).toEqual([fn, false, false]);
      expect([fn, appTakes(fn), wireTakes(fn, null)]).toEqual([fn, false, false]);
    }
    for (const fn of [undefined, null, 7, ['sum'], { sum: 1 }]) expect([fn, wireTakes(fn, ['a'])]).toEqual([fn, false]);
  });

  test('are one for each name', () => {
    for (const one of FUNCTIONS) {
      for (const other of FUNCTIONS.filter((fn) => fn !== one)) {
        expect([one, other, appTakes({ [one]: 'a', [other]: 'a' })]).toEqual([one, other, false]);
      }
    }
    expect([appTakes({}), appTakes([]), appTakes(['count']), appTakes(null), appTakes('')]).toEqual(
      Array(5).fill(false),
    );
  });

  test('under one name twice are refused off the wire, where an object cannot have it twice', () => {
    const aggregates = [
      ['n', 'count', null],
      ['m', 'sum', ['a']],
    ];
    const read = (list: unknown) =>
      validateQuery({ where: { type: 'and', of: [] }, sort: [], limit: null, groupBy: { by: [], aggregates: list } });
    expect(read(aggregates).ok).toBe(true);
    for (const again of [aggregates[0], ['n', 'sum', ['a']], ['m', 'sum', ['a']]]) {
      const query = read([...aggregates, again]);
      expect(query.ok ? null : query.error).toMatchObject({ code: 'name-taken', path: ['groupBy', 'aggregates', 2] });
    }
  });
});
