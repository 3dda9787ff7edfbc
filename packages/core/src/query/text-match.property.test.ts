import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlainObject, Value } from '../primitives/index.js';
import { cursorAt } from './cursor/cursor-at.js';
import { decodeCursor, encodeCursor } from './cursor/cursor-token.js';
import type { Entry } from './entry.js';
import { evaluate } from './evaluate/evaluate.js';
import { validateQuery } from './language/validate-query.js';
import { describeQueryError } from './language/query-error.js';
import { Predicates } from './language/predicates.js';
import { parseQuery } from './parse-query.js';
import { compilePath } from './compile-path.js';
import { compileMatch, compileMatchScore } from './predicate/compile-match.js';
import { compilePredicate } from './predicate/compile-predicate.js';
import { compilePredicateSteps } from './predicate/predicate-steps.js';
import { StepWork } from './step-work.js';
import { findCounterexample } from './query.arbitrary.js';
import type { QueryInput, WhereInput } from './query-input.js';
import type { Query } from './query.js';
import { textTerms } from './text/text-words.js';
import { createView, type View } from './views/create-view.js';
import { definitionOf, findFault, type Write } from './views/view-oracle.arbitrary.js';
import { HeldRowsView } from './views/held-rows-view.js';

/** Few words, near each other: they go on and differ by a letter; some of other scripts. */
const WORDS = [
  'milk',
  'milky',
  'mlik',
  'silk',
  'bread',
  'breads',
  'broad',
  'a',
  'an',
  'oat',
  'Ōat',
  'パン',
  'ЧАЙ',
  'чай',
];
const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }).map((words) => words.join(' '));
const key: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'milk', 'f');
const record: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      { title: text, tags: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }), n: fc.nat(3), done: fc.boolean() },
      { requiredKeys: [] },
    ) as fc.Arbitrary<PlainObject>,
  },
  { weight: 1, arbitrary: fc.constantFrom<Value>(null, 'milk', 7, ['milk']) },
);
const entries = fc.uniqueArray(fc.record({ key, value: record }), { selector: (entry) => entry.key });
const match: fc.Arbitrary<WhereInput> = fc
  .tuple(
    fc.constantFrom('title', 'tags', 'n', '_key', 'nowhere'),
    fc.oneof(text, fc.constantFrom('mil', 'bred', '3', '!?')),
  )
  .map(([path, wanted]) => Predicates.match(path, wanted));
const where: fc.Arbitrary<WhereInput> = fc.letrec<{ where: WhereInput }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: match },
    { weight: 1, arbitrary: fc.boolean().map((done) => ({ done })) },
    { weight: 2, arbitrary: fc.array(tie('where'), { maxLength: 3 }).map(($and) => ({ $and })) },
    { weight: 2, arbitrary: fc.array(tie('where'), { maxLength: 3 }).map(($or) => ({ $or })) },
    { weight: 1, arbitrary: tie('where').map(($not) => ({ $not })) },
  ),
})).where;
const direction = fc.constantFrom('asc' as const, 'desc' as const);
const input: fc.Arbitrary<QueryInput> = fc.record(
  {
    where,
    sort: fc.array(fc.tuple(fc.constantFrom('_score', 'n'), direction), { maxLength: 2 }),
    limit: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: [] },
);
const query = input
  .map((asked) => parseQuery(asked))
  .filter((parsed) => parsed.ok)
  .map((parsed) => parsed.value);
const script: fc.Arbitrary<Write[][]> = fc.array(
  fc.array(fc.record({ key, after: fc.option(record, { nil: undefined, freq: 4 }) }), { maxLength: 4 }),
  { maxLength: 12 },
);

const faultOf = (create: (asked: Query) => View): string | null =>
  findCounterexample(
    fc.property(query, entries, script, (asked, start, batches) => {
      const fault = findFault(create(asked), definitionOf(asked), start, batches);
      if (fault !== null) throw new Error(fault);
    }),
    300,
  );

describe('QU-19: rows that match a text', () => {
  test('are those of a look at each record, in the order of their scores, after every batch', () => {
    expect(faultOf(createView)).toBeNull();
  });

  test('and the oracle notices another order, and another text', () => {
    expect(
      faultOf((asked) => createView({ ...asked, sort: asked.sort.filter(([[name]]) => name !== '_score') })),
    ).toMatch(/another row at|rows instead of/);
    const elsewhere = (asked: Query): Query => ({
      ...asked,
      where: JSON.parse(JSON.stringify(asked.where).replaceAll('"title"', '"tags"')) as Query['where'],
    });
    expect(faultOf((asked) => createView(elsewhere(asked)))).toMatch(/rows instead of|another row at|wrong/);
  });

  test('SE-13: meet in steps of any size what they meet at once', () => {
    let [met, steps] = [0, 0];
    fc.assert(
      fc.property(query, entries, fc.integer({ min: 1, max: 20 }), ({ where: asked }, list, perStep) => {
        const meets = compilePredicate(asked);
        const inSteps = compilePredicateSteps(asked, new StepWork(perStep));
        for (const { key: one, value } of list) {
          const expected = meets(one, value);
          const taken = inSteps(one, value);
          let step = taken.next();
          for (; step.done !== true; step = taken.next()) steps++;
          expect(step.value).toBe(expected);
          met += Number(expected);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(met).toBeGreaterThan(200);
    expect(steps).toBeGreaterThan(200);
  });

  test('are found with a limit in one pass, and held as first rows', () => {
    fc.assert(
      fc.property(query, fc.integer({ min: 1, max: 3 }), entries, script, (asked, limit, start, batches) => {
        const limited = { ...asked, limit };
        const values = new Map<string, Value>(start.map((entry) => [entry.key, entry.value]));
        const view = new HeldRowsView({
          query: limited,
          held: limit,
          find: (order) => {
            // An index of a field named so would have another order.
            expect(order?.path).not.toEqual(['_score']);
            return { inOrder: null, each: (visit) => values.forEach((value, name) => visit(name, value)) };
          },
        });
        view.loadAll();
        const check = (): void => {
          const expected = evaluate(
            limited,
            Array.from(values, ([name, value]) => ({ key: name, value })),
          );
          expect(view.rows().map((row) => row.key)).toEqual(expected.map((row) => row.key));
        };
        check();
        for (const batch of batches) {
          for (const one of batch) {
            if (!('after' in one)) continue;
            if (one.after === undefined) values.delete(one.key);
            else values.set(one.key, one.after);
          }
          view.step(
            batch.map((one) => one.key),
            (name) => values.get(name),
          );
          check();
        }
      }),
      { numRuns: 200 },
    );
  });

  test('come page by page, each once, by cursors that say the score', () => {
    let pages = 0;
    fc.assert(
      fc.property(query, entries, fc.integer({ min: 1, max: 3 }), (asked, rows, limit) => {
        const whole = evaluate({ ...asked, limit: null }, rows);
        const found: Entry[] = [];
        for (let page: Query = { ...asked, limit }; ; pages++) {
          const view = createView(page);
          view.load(rows);
          const shown = view.rows();
          if (shown.length === 0) break;
          found.push(...shown);
          const cursor = decodeCursor(encodeCursor(page, shown.at(-1) as Entry, 0), page, 0);
          expect(cursor).toEqual({ status: 'valid', cursor: cursorAt(page, shown.at(-1) as Entry) });
          if (cursor.status === 'valid') page = { ...page, after: cursor.cursor };
        }
        expect(found).toEqual(whole);
      }),
      { numRuns: 200 },
    );
    expect(pages).toBeGreaterThan(100);
  });

  test('mean the same on the wire', () => {
    fc.assert(
      fc.property(query, (asked) => {
        expect(validateQuery(JSON.parse(JSON.stringify(asked)))).toEqual({ ok: true, value: asked });
      }),
    );
  });
});

describe('QU-19: a text to match', () => {
  const meets = (wanted: string, held: Value): boolean =>
    compileMatch({ type: 'match', path: ['t'], text: wanted }, compilePath(['t']))('k', { t: held } as Value);

  test.each<[string, Value, boolean]>([
    ['milk', 'Buy MILK!', true],
    ['milk', 'buttermilk', false],
    ['mil bu', 'Buy milk', true],
    ['milk bread', 'Buy milk', false],
    ['mlikk', 'milk', false],
    ['brad', 'bread', true],
    ['bat', 'cat', false],
    ['cafe', 'Café', true],
    ['STRASSE', 'Straße', true],
    ['42', 42, true],
    ['milk', ['bread', 'milk'], true],
    ['milk', { t: 'milk' }, false],
    ['', 'milk', false],
    ['?!', '?!', false],
    ['the end', `${'the '.repeat(5_000)}end`, false],
    ['x'.repeat(100), 'x'.repeat(64), true],
    ['(a+)+$', 'a', true],
    ['\0', '\0', false],
    ['\u202eabc', 'abc', true],
    ['🎉', 'party 🎉', true],
  ])('%j in %j: %j', (wanted, held, isMet) => {
    expect(meets(wanted, held)).toBe(isMet);
  });

  test('scores exactness, frequency and shortness, and nothing that others have', () => {
    const score = (held: string): number =>
      compileMatchScore({ type: 'match', path: ['t'], text: 'milk' })('k', { t: held });
    expect(score('milk')).toBeGreaterThan(score('milky'));
    expect(score('milky')).toBeGreaterThan(score('milkshakes'));
    expect(score('milk milk bread')).toBeGreaterThan(score('milk bread'));
    expect(score('milk')).toBeGreaterThan(score('milk and much else that somebody wrote'));
    expect(score('bread')).toBe(0);
  });

  test('is met exactly where its score is above 0', () => {
    fc.assert(
      fc.property(text, text, (wanted, held) => {
        const predicate = { type: 'match', path: ['t'], text: wanted } as const;
        const value = { t: held };
        expect(compileMatchScore(predicate)('k', value) > 0).toBe(
          compileMatch(predicate, compilePath(predicate.path))('k', value),
        );
      }),
    );
  });
});

describe('QU-4: bad texts and orders are refused', () => {
  const codeOf = (asked: unknown): string => {
    const parsed = parseQuery(asked as QueryInput);
    if (parsed.ok) return 'ok';
    expect(describeQueryError(parsed.error)).toMatch(/\.$/);
    return parsed.error.code;
  };

  test.each<[string, unknown, string]>([
    ['a text of a megabyte', { where: { t: { $match: 'x '.repeat(500_000) } } }, 'too-long'],
    [
      'too many words',
      { where: { t: { $match: Array.from({ length: 33 }, (_, i) => `w${i}`).join(' ') } } },
      'too-many-values',
    ],
    ['one word many times', { where: { t: { $match: 'w '.repeat(200) } } }, 'ok'],
    ['no text', { where: { t: { $match: 7 } } }, 'wrong-type'],
    ['an order by a score of nothing', { sort: { _score: 'desc' } }, 'nothing-to-score'],
    [
      'of what must not be met',
      { where: { $not: { t: { $match: 'a' } } }, sort: { _score: 'desc' } },
      'nothing-to-score',
    ],
    ['in a relation', { include: { x: { map: 'm', on: ['a', 'b'], sort: { _score: 'asc' } } } }, 'nothing-to-score'],
    [
      'a score in an alternative',
      { where: { $or: [{ t: { $match: 'a' } }, { n: 1 }] }, sort: { _score: 'desc' } },
      'ok',
    ],
    [
      'groups sorted by what they name so',
      { groupBy: 'n', aggregate: { _score: 'count' }, sort: { _score: 'desc' } },
      'ok',
    ],
  ])('%s: %s', (_what, asked, code) => {
    expect(codeOf(asked)).toBe(code);
    const { where: condition, sort: levels } = asked as QueryInput;
    if (code !== 'too-many-values' || condition === undefined) return;
    const wire = {
      where: { type: 'match', path: ['t'], text: (condition as never)['t']['$match'] },
      sort: levels ?? [],
      limit: null,
    };
    expect(validateQuery(wire)).toMatchObject({ ok: false, error: { code } });
  });
});

test('SE-2: the words of texts in ASCII are those that are found character by character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 80 }), (ascii) => {
      // A word of another script makes it be read the other way.
      expect([...textTerms(ascii), 'дом']).toEqual(textTerms(`${ascii} дом`));
    }),
    { numRuns: 500 },
  );
});
