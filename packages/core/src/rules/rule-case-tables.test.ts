import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import {
  auth,
  defineRules,
  hasRole,
  runRuleCases,
  type CheckContext,
  type RuleCase,
  type RulesInput,
} from './index.js';

const own = { where: { owner: auth.sub } };
const ann = { sub: 'ann' };
const hers = { owner: 'ann' };
const his = { owner: 'bob' };

const RULES: RulesInput = {
  todos: { read: own, create: own, update: own, remove: own, fields: { pay: { read: hasRole('hr'), write: true } } },
  'log/*': { read: true },
};

/** What a case comes to, whatever it expects. */
function outcome(each: Omit<RuleCase, 'expect'>, rules: RulesInput = RULES): readonly string[] {
  const { failures } = runRuleCases(defineRules(rules), [{ ...each, expect: 'granted' }]);
  const [failure] = failures;
  return failure === undefined ? ['granted'] : [failure.said, ...failure.by];
}

describe('RU-8: what a case comes to', () => {
  test.each<[string, Omit<RuleCase, 'expect'>, readonly string[]]>([
    ['hers, read', { as: ann, action: 'read', map: 'todos', before: hers }, ['granted']],
    ['his, read', { as: ann, action: 'read', map: 'todos', before: his }, ['refused', 'todos.read']],
    ['no record, read', { as: ann, action: 'read', map: 'todos' }, ['refused', 'todos.read']],
    ['hers, read by nobody', { action: 'read', map: 'todos', before: hers }, ['refused', 'todos.read']],
    [
      'a field that is not hers to read',
      { as: ann, action: 'read', map: 'todos', before: hers, field: 'pay' },
      ['refused', 'todos.fields.pay.read'],
    ],
    [
      'a field that is',
      { as: { sub: 'ann', role: 'hr' }, action: 'read', map: 'todos', before: hers, field: 'pay' },
      ['granted'],
    ],
    ['a field without rules', { as: ann, action: 'read', map: 'todos', before: hers, field: 'text' }, ['granted']],
    ['hers, made', { as: ann, action: 'create', map: 'todos', after: hers }, ['granted']],
    ['his, made', { as: ann, action: 'create', map: 'todos', after: his }, ['refused', 'todos.create']],
    ['nothing in particular, made', { as: ann, action: 'create', map: 'todos' }, ['refused', 'todos.create']],
    [
      'made where there is one',
      { as: ann, action: 'create', map: 'todos', before: his, after: hers },
      ['refused', 'todos.update'],
    ],
    ['hers, edited', { as: ann, action: 'update', map: 'todos', before: hers, after: hers }, ['granted']],
    ['hers, edited in no way', { as: ann, action: 'update', map: 'todos', before: hers }, ['granted']],
    [
      'hers, given away',
      { as: ann, action: 'update', map: 'todos', before: hers, after: his },
      ['refused', 'todos.update'],
    ],
    ['hers, removed', { as: ann, action: 'remove', map: 'todos', before: hers }, ['granted']],
    [
      'hers, removed, whatever would be',
      { as: ann, action: 'remove', map: 'todos', before: hers, after: his },
      ['granted'],
    ],
    ['his, removed', { as: ann, action: 'remove', map: 'todos', before: his }, ['refused', 'todos.remove']],
    ['one that is not said, removed', { as: ann, action: 'remove', map: 'todos' }, ['refused', 'todos.remove']],
    ['an entry, read', { action: 'read', map: 'log/a' }, ['granted']],
    ['an entry, made: by the name of its pattern', { action: 'create', map: 'log/a' }, ['refused', 'log/*.create']],
    ['of a map without rules', { action: 'read', map: 'notes' }, ['refused', 'notes.read']],
    ['and made in one', { action: 'create', map: 'notes' }, ['refused', 'notes.create']],
  ])('%s', (_what, each, expected) => {
    expect(outcome(each)).toEqual(expected);
  });

  test('each rule that refuses is named once, however often it was asked', () => {
    expect(outcome({ action: 'update', map: 'todos', before: his, after: { owner: 'eve' } })).toEqual([
      'refused',
      'todos.update',
    ]);
    const rules = { m: { update: false, fields: { a: { write: false }, b: { write: false } } } };
    expect(outcome({ action: 'update', map: 'm', before: { a: 1, b: 1 }, after: { a: 2, b: 1 } }, rules)).toEqual([
      'refused',
      'm.update',
      'm.fields.a.write',
    ]);
  });

  test('functions are run, and told the key of the case, or one in its place', () => {
    const asked: CheckContext[] = [];
    const rules = defineRules({ m: { read: { check: (context) => asked.push(context) > 0 } } });
    const each = { as: ann, action: 'read', map: 'm', before: 1, expect: 'granted' } as const;
    expect(runRuleCases(rules, [each, { ...each, key: 'k1' }]).failures).toEqual([]);
    expect(asked).toEqual([
      { auth: ann, map: 'm', key: 'key', record: 1 },
      { auth: ann, map: 'm', key: 'k1', record: 1 },
    ]);
  });
});

describe('RU-8: which cases fail', () => {
  const refused = { as: ann, action: 'update', map: 'todos', before: hers, after: his } as const;
  const granted = { as: ann, action: 'update', map: 'todos', before: hers, after: hers } as const;

  test.each<[string, RuleCase, boolean]>([
    ['granted as expected', { ...granted, expect: 'granted' }, false],
    ['granted against what is expected', { ...granted, expect: 'refused' }, true],
    ['granted, where a rule was to refuse', { ...granted, expect: 'refused', by: 'todos.update' }, true],
    ['granted, and yet by a rule', { ...granted, expect: 'granted', by: 'todos.update' }, true],
    ['refused as expected', { ...refused, expect: 'refused' }, false],
    ['refused by the rule', { ...refused, expect: 'refused', by: 'todos.update' }, false],
    ['refused by another', { ...refused, expect: 'refused', by: 'todos.read' }, true],
    ['refused by part of a name', { ...refused, expect: 'refused', by: 'todos' }, true],
    ['refused against what is expected', { ...refused, expect: 'granted' }, true],
  ])('%s', (_what, each, fails) => {
    const { failures } = runRuleCases(defineRules(RULES), [each]);
    expect(failures.map((failure) => failure.case)).toEqual(fails ? [each] : []);
    if (fails) expect(failures[0]!.case).toBe(each);
  });

  test('are told in the order of the cases', () => {
    const cases: RuleCase[] = ['a', 'b', 'c', 'd'].map((name, i) => ({
      ...granted,
      name,
      expect: i % 2 === 0 ? 'refused' : 'granted',
    }));
    expect(runRuleCases(defineRules(RULES), cases).failures.map((failure) => failure.case.name)).toEqual(['a', 'c']);
  });
});

describe('RU-8: what is covered', () => {
  const coverage = (rules: RulesInput, cases: readonly Omit<RuleCase, 'expect'>[]) =>
    runRuleCases(
      defineRules(rules),
      cases.map((each) => ({ ...each, expect: 'granted' as const })),
    ).coverage.map(({ rule, granted, refused, isCovered }) => [rule, granted, refused, isCovered]);
  const read = (before: Value) => ({ as: ann, action: 'read', map: 'm', before }) as const;

  test('without cases: nothing, not even what can do one thing only', () => {
    expect(coverage({ m: { read: true, create: false, update: own } }, [])).toEqual([
      ['m.read', 0, 0, false],
      ['m.create', 0, 0, false],
      ['m.update', 0, 0, false],
    ]);
  });

  test('a rule that may do both when it has done both', () => {
    expect(coverage({ m: { read: own } }, [read(hers)])).toEqual([['m.read', 1, 0, false]]);
    expect(coverage({ m: { read: own } }, [read(his), read(his)])).toEqual([['m.read', 0, 2, false]]);
    expect(coverage({ m: { read: own } }, [read(his), read(hers)])).toEqual([['m.read', 1, 1, true]]);
  });

  test('a constant when it has done what it can', () => {
    expect(coverage({ m: { read: true } }, [read(hers)])).toEqual([['m.read', 1, 0, true]]);
    expect(coverage({ m: { read: false } }, [read(hers)])).toEqual([['m.read', 0, 1, true]]);
  });

  test('rules that were not written down are in no list', () => {
    expect(coverage({ m: {} }, [read(hers)])).toEqual([]);
    expect(coverage({ m: { fields: { pay: {} } } }, [read(hers)])).toEqual([]);
  });

  test('what is asked of writing a field counts for its own rule, else for that of reading it', () => {
    const edit = { as: ann, action: 'update', map: 'm', before: { pay: 1 }, after: { pay: 2 } } as const;
    const both = { m: { update: true, fields: { pay: { read: true, write: own } } } };
    expect(coverage(both, [edit])).toEqual([
      ['m.update', 2, 0, true],
      ['m.fields.pay.read', 0, 0, false],
      ['m.fields.pay.write', 0, 2, false],
    ]);
    expect(coverage({ m: { update: true, fields: { pay: { read: hasRole('hr') } } } }, [edit])).toEqual([
      ['m.update', 2, 0, true],
      ['m.fields.pay.read', 0, 2, false],
    ]);
  });
});
