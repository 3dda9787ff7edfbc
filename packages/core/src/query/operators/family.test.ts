import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Change, Entry } from '../entry.js';
import { parseQuery } from '../parse-query.js';
import type { RelationInput } from '../query-input.js';
import { Join, type LoadFrom } from './join.js';
import type { RowChange } from './operator.js';

/*
 * QU-16, QU-25: a map whose rows refer to rows of the same map: people with a boss. What is shown after each change is written by hand. Beside it,
 * which rows were looked at: those that a change has to do with, and no others.
 */

type People = Readonly<Record<string, Value | undefined>>;

const BOSS: RelationInput = { map: 'people', on: ['boss', '_key'], one: true, fields: [] };
const STAFF: RelationInput = { map: 'people', on: ['_key', 'boss'], fields: [] };

/** One map, a join over all of its rows, and a record of the rows that were finished anew. */
class Company {
  readonly finished: string[] = [];
  readonly #people = new Map<string, Entry>();
  readonly #join: Join;
  /** For what values was loaded, in turn. */
  readonly asked: (readonly Value[])[] = [];

  constructor(people: People, include: Record<string, RelationInput>) {
    for (const [key, value] of Object.entries(people)) this.#people.set(key, { key, value: value as Value });
    const query = parseQuery({ include });
    if (!query.ok) throw new Error(query.error.code);
    const load: LoadFrom = (_map, _path, values) => {
      this.asked.push(values);
      return this.#people.values();
    };
    this.#join = new Join(query.value, { load }, (row) => {
      this.finished.push(row.key);
      return row;
    });
    takeAll(this.#join.add([...this.#people.values()]));
    this.finished.length = 0;
    this.asked.length = 0;
  }

  /** Writes all of it in one batch. The keys of the rows that are shown otherwise. */
  write(people: People): string[] {
    const rows: RowChange[] = [];
    const changes: Change[] = [];
    this.finished.length = 0;
    this.asked.length = 0;
    for (const [key, value] of Object.entries(people)) {
      const before = this.#people.get(key);
      const after = value === undefined ? undefined : { key, value };
      if (after === undefined) this.#people.delete(key);
      else this.#people.set(key, after);
      rows.push({ before, after });
      changes.push({ key, before: before?.value, after: value });
    }
    return [...this.#join.take(rows, new Map([['people', changes]]))].toSorted();
  }

  /** Whom a row shows under a name, in turn. */
  names(key: string, ...path: readonly string[]): unknown {
    return namesAt(this.#join.get(key)?.value, path);
  }
}

/** The keys of the rows that are shown there: a list of them, one, or `null`. */
function namesAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  const found = (value as Readonly<Record<string, unknown>> | undefined)?.[name as string];
  const one = (row: unknown): unknown =>
    rest.length === 0 || row === null ? ((row as { readonly _key: string } | null)?._key ?? null) : namesAt(row, rest);
  return Array.isArray(found) ? found.map(one) : one(found ?? null);
}

const PEOPLE: People = {
  ann: {},
  ben: { boss: 'ann' },
  cat: { boss: 'ann' },
  dan: { boss: 'cat' },
  eli: { boss: 'nobody' },
  fae: { boss: null },
};

describe('QU-25: people with a boss', () => {
  const company = () => new Company(PEOPLE, { boss: BOSS, staff: STAFF });
  /** Key, boss, staff. */
  const all = (of: Company, keys: string): unknown =>
    keys.split(' ').map((key) => [key, of.names(key, 'boss'), of.names(key, 'staff')]);

  test('show him, and whose boss they are', () => {
    expect(all(company(), 'ann ben cat dan eli fae')).toEqual([
      ['ann', null, ['ben', 'cat']],
      ['ben', 'ann', []],
      ['cat', 'ann', ['dan']],
      ['dan', 'cat', []],
      ['eli', null, []],
      ['fae', null, []],
    ]);
  });

  test.each<[what: string, write: People, changed: string, shown: readonly unknown[]]>([
    [
      'one goes to another boss',
      { ben: { boss: 'cat' } },
      'ann ben cat',
      [
        ['ann', null, ['cat']],
        ['ben', 'cat', []],
        ['cat', 'ann', ['ben', 'dan']],
      ],
    ],
    ['one is his own boss', { fae: { boss: 'fae' } }, 'fae', [['fae', 'fae', ['fae']]]],
    [
      'two are each other’s',
      { ann: { boss: 'ben' } },
      'ann ben',
      [
        ['ann', 'ben', ['ben', 'cat']],
        ['ben', 'ann', ['ann']],
      ],
    ],
    [
      'a boss goes, and is missed',
      { ann: undefined },
      'ben cat',
      [
        ['ben', null, []],
        ['cat', null, ['dan']],
      ],
    ],
    [
      'who was missing comes',
      { nobody: { boss: 'ann' } },
      'ann eli nobody',
      [
        ['ann', null, ['ben', 'cat', 'nobody']],
        ['eli', 'nobody', []],
        ['nobody', 'ann', ['eli']],
      ],
    ],
    ['a boss and one of his go together', { cat: undefined, dan: undefined }, 'ann', [['ann', null, ['ben']]]],
    [
      'a boss goes and another takes over, in one batch',
      { ann: undefined, ben: {}, cat: { boss: 'ben' } },
      'ben cat',
      [
        ['ben', null, ['cat']],
        ['cat', 'ben', ['dan']],
      ],
    ],
    [
      'a name that is no boss of anybody: no text, and no key',
      { ben: { boss: 7 }, cat: { boss: ['ann'] } },
      'ann ben cat',
      [
        ['ann', null, []],
        ['ben', null, []],
        ['cat', null, ['dan']],
      ],
    ],
    ['a field that nobody sees of others', { dan: { boss: 'cat', age: 3 } }, 'dan', [['dan', 'cat', []]]],
  ])('%s', (_what, write, changed, shown) => {
    const of = company();
    expect(of.write(write)).toEqual(changed.split(' '));
    const keys = shown.map((row) => (row as readonly [string])[0]).join(' ');
    expect(all(of, keys)).toEqual(shown);
    // And all the way back, to what was there.
    const back = Object.fromEntries(Object.keys(write).map((key) => [key, PEOPLE[key]]));
    of.write(back);
    expect(all(of, 'ann ben cat dan eli fae')).toEqual(all(company(), 'ann ben cat dan eli fae'));
  });
});

describe('QU-16: bosses of bosses, and whose boss they are', () => {
  const company = () =>
    new Company(PEOPLE, {
      boss: { ...BOSS, include: { boss: { ...BOSS, include: { staff: STAFF } } } },
      staff: { ...STAFF, include: { staff: STAFF } },
    });

  test('each row has its own, in turn', () => {
    const of = company();
    expect(of.names('dan', 'boss', 'boss')).toBe('ann');
    expect(of.names('dan', 'boss', 'boss', 'staff')).toEqual(['ben', 'cat']);
    expect(of.names('ann', 'staff', 'staff')).toEqual([[], ['dan']]);
    expect(of.names('ben', 'boss', 'boss')).toBeNull();
  });

  test('a change far away shows where it is seen, and there alone', () => {
    const of = company();
    // A third under Ann: seen by her, and by Dan, whose boss's boss she is.
    expect(of.write({ gus: { boss: 'ann' } })).toEqual(['ann', 'dan', 'gus']);
    expect(of.names('dan', 'boss', 'boss', 'staff')).toEqual(['ben', 'cat', 'gus']);
    expect(of.names('ann', 'staff', 'staff')).toEqual([[], ['dan'], []]);
    // One under Ben: seen by Ben and by Ann.
    expect(of.write({ hal: { boss: 'ben' } })).toEqual(['ann', 'ben', 'hal']);
    expect(of.names('ann', 'staff', 'staff')).toEqual([['hal'], ['dan'], []]);
    expect(of.names('hal', 'boss', 'boss', 'staff')).toEqual(['ben', 'cat', 'gus']);
    // Ann goes: Ben, Cat and Gus have no boss; Dan and Hal have one without.
    expect(of.write({ ann: undefined })).toEqual(['ben', 'cat', 'dan', 'gus', 'hal']);
    expect([of.names('dan', 'boss'), of.names('dan', 'boss', 'boss')]).toEqual(['cat', null]);
  });
});

describe('QU-8: what a change of one of many costs', () => {
  const MANY: People = Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [`p${i}`, i < 20 ? {} : { boss: `p${i % 20}` }]),
  );

  test('the rows that see it are made anew, and no others', () => {
    const of = new Company(MANY, { boss: BOSS, staff: STAFF });
    // Everybody sees no field of others: a field is seen by nobody else.
    expect([of.write({ p3: { name: 'x' } }), of.finished]).toEqual([['p3'], ['p3']]);
    expect([of.write({ p33: { boss: 'p4' } }), of.finished.toSorted()]).toEqual([
      ['p13', 'p33', 'p4'],
      ['p13', 'p33', 'p4'],
    ]);
    expect(of.write({ p33: { boss: 'p4', name: 'y' } })).toEqual(['p33']);
    // A boss of nineteen goes: those, and nobody else, are without.
    of.write({ p5: undefined });
    expect(of.finished).toHaveLength(19);
  });

  test('what is open is not loaded again; who comes brings his own value', () => {
    const of = new Company(MANY, { boss: BOSS, staff: STAFF });
    of.write({ p33: { boss: 'p4' } });
    expect(of.asked).toEqual([]);
    // Nobody had this boss, and nobody was asked for those of a new one.
    of.write({ q: { boss: 'q' } });
    expect(of.asked).toEqual([['q'], ['q']]);
    of.write({ q: { boss: 'p4' } });
    expect(of.asked).toEqual([]);
  });
});
