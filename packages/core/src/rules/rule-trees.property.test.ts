import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { compilePredicate } from '../query/index.js';
import { conditionText, holds, impliedPredicate, type Condition } from './condition.js';
import { allOf, anyOf, defineRules, type Claims, type RuleInput } from './index.js';
import { GRANTS, grants, USERS, type Grant } from './small-rules.arbitrary.js';

/** Rules put together of others, to any depth that matters, and what they mean: each sentence of RU-1 by itself. */
type Tree = Grant | { readonly way: 'all' | 'any' | 'list'; readonly of: readonly Tree[] };

const { tree: trees } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    grants,
    fc.record({
      way: fc.constantFrom('all', 'any', 'list'),
      of: fc.array(tie('tree'), { maxLength: 3 }),
    }),
  ),
}));

function toRule(tree: Tree): RuleInput {
  if (!('way' in tree)) return tree.rule;
  const parts = tree.of.map(toRule);
  if (tree.way === 'list') return parts;
  return tree.way === 'all' ? allOf(...parts) : anyOf(...parts);
}

function means(tree: Tree, claims: Claims, record: Value): boolean {
  if (!('way' in tree)) return tree.means(claims, record);
  const isMet = (part: Tree): boolean => means(part, claims, record);
  return tree.way === 'all' ? tree.of.every(isMet) : tree.of.some(isMet);
}

const asksFunctions = (tree: Tree): boolean =>
  'way' in tree ? tree.of.some(asksFunctions) : tree.name === 'own or open';

/** Every token and every record that these rules can tell from others. */
const CLAIMS: readonly Claims[] = [undefined, ...USERS].flatMap((sub) =>
  [undefined, 'hr', 'dev'].map((role) => ({ ...(sub && { sub }), ...(role && { role }) })),
);
const RECORDS: readonly Value[] = [
  1,
  ['ann'],
  ...[undefined, null, ...USERS].flatMap((owner) =>
    [undefined, true, false].map((open) => ({
      ...(owner !== undefined && { owner }),
      ...(open !== undefined && { open }),
    })),
  ),
];

const bind = (tree: Tree, claims: Claims): Condition =>
  defineRules({ m: { read: toRule(tree) } })
    .for(claims)
    .of('m').actions.read;
const isMet = (condition: Condition, record: Value, checks: 'run' | 'assume' = 'run'): boolean =>
  holds(condition, 'm', 'k', record, checks);

const runs = { numRuns: 80 };

describe('RU-1: rules of rules', () => {
  test('grant what each of their parts says, of every record to every token', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        for (const claims of CLAIMS) {
          const condition = bind(tree, claims);
          for (const record of RECORDS) expect(isMet(condition, record)).toBe(means(tree, claims, record));
        }
      }),
      runs,
    );
  });

  test('never take away what they grant when one of their parts grants more', () => {
    const widened = trees.chain((tree) => fc.record({ tree: fc.constant(tree), more: widenings(tree) }));
    fc.assert(
      fc.property(widened, fc.constantFrom(...CLAIMS), ({ tree, more }, claims) => {
        const [before, after] = [bind(tree, claims), bind(more, claims)];
        for (const record of RECORDS) if (isMet(before, record)) expect(isMet(after, record)).toBe(true);
      }),
      runs,
    );
  });

  test('are constant only where no record has a say, and hold no constant within', () => {
    fc.assert(
      fc.property(trees, fc.constantFrom(...CLAIMS), (tree, claims) => {
        const condition = bind(tree, claims);
        const said = new Set(RECORDS.map((record) => means(tree, claims, record)));
        if (condition.type === 'constant') expect([...said]).toEqual([condition.holds]);
        else expect(constantsIn(condition)).toBe(0);
      }),
      runs,
    );
  });

  test('say the same with one text, whoever asks', () => {
    fc.assert(
      fc.property(fc.array(trees, { minLength: 1, maxLength: 3 }), (list) => {
        const byText = new Map<string, string>();
        for (const condition of list.flatMap((tree) => CLAIMS.map((claims) => bind(tree, claims)))) {
          const met = RECORDS.map((record) => Number(isMet(condition, record))).join('');
          const known = byText.get(conditionText(condition)) ?? met;
          expect(met).toBe(known);
          byText.set(conditionText(condition), met);
        }
      }),
      runs,
    );
  });
});

test('RU-7: taken to grant, functions never make less of a rule, and of one that asks none nothing else', () => {
  fc.assert(
    fc.property(trees, fc.constantFrom(...CLAIMS), (tree, claims) => {
      const condition = bind(tree, claims);
      for (const record of RECORDS) {
        const [run, assumed] = [isMet(condition, record), isMet(condition, record, 'assume')];
        if (run || !asksFunctions(tree)) expect(assumed).toBe(run);
      }
    }),
    runs,
  );
});

test('RU-5: what is looked for by the language of queries has everything in it that a rule grants', () => {
  let narrowed = 0;
  fc.assert(
    fc.property(trees, fc.constantFrom(...CLAIMS), (tree, claims) => {
      const condition = bind(tree, claims);
      const where = impliedPredicate(condition);
      if (where === null) return;
      narrowed += 1;
      const isFound = compilePredicate(where);
      for (const record of RECORDS) {
        if (isMet(condition, record)) expect(isFound('k', record)).toBe(true);
        else if (!asksFunctions(tree)) expect(isFound('k', record)).toBe(false);
      }
    }),
    runs,
  );
  expect(narrowed).toBeGreaterThan(20);
});

test('RU-1: a function is told the claims, the map, the key and what shows, and what it throws is told with its rule', () => {
  const asked: unknown[] = [];
  const thrown: unknown[] = [];
  const failure = new Error('no');
  const rules = defineRules({
    'm*': {
      read: { check: (context) => asked.push(context) > 0 },
      update: {
        check: () => {
          throw failure;
        },
      },
      fields: { pay: { write: { check: () => undefined as never } } },
    },
  });
  const access = rules.for({ sub: 'ann' }, (told) => thrown.push(told)).of('m1');
  expect(holds(access.actions.read, 'm1', 'k', { a: 1 }, 'run')).toBe(true);
  expect(asked).toEqual([{ auth: { sub: 'ann' }, map: 'm1', key: 'k', record: { a: 1 } }]);
  expect(holds(access.actions.update, 'm1', 'k', {}, 'run')).toBe(false);
  expect(thrown).toEqual([{ rule: 'm*.update', map: 'm1', error: failure }]);
  expect(holds(access.fields.get('pay')!.write, 'm1', 'k', {}, 'run')).toBe(false);
});

/** The tree with one of its leaves always granting. */
function widenings(tree: Tree): fc.Arbitrary<Tree> {
  const always = GRANTS.find(({ name }) => name === 'always')!;
  if (!('way' in tree) || tree.of.length === 0) return fc.constant('way' in tree && tree.way === 'all' ? tree : always);
  return fc
    .nat(tree.of.length - 1)
    .chain((at) => widenings(tree.of[at]!).map((more) => ({ ...tree, of: tree.of.with(at, more) })));
}

const constantsIn = (condition: Condition): number => {
  if (condition.type === 'any' || condition.type === 'all')
    return condition.of.reduce((sum, part) => sum + constantsIn(part), 0);
  return condition.type === 'constant' ? 1 : 0;
};
