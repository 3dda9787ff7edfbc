import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auth, defineRules, hasRole, runRuleCases, type RuleCase } from './index.js';
import { claimsOf, smallRules, toInput, USERS } from './small-rules.arbitrary.js';

const own = { where: { owner: auth.sub } };
const rules = defineRules({
  todos: { read: own, create: own, update: own },
  staff: { read: true, update: true, remove: false, fields: { pay: { read: hasRole('hr') } } },
});
const ann = { sub: 'ann' };
const hers = { owner: 'ann' };

describe('RU-8: rules are tested by cases', () => {
  test('each as expected, or told with the rules that refused it', () => {
    const right: RuleCase[] = [
      { as: ann, action: 'create', map: 'todos', after: hers, expect: 'granted' },
      {
        as: ann,
        action: 'update',
        map: 'todos',
        before: hers,
        after: { owner: 'bob' },
        expect: 'refused',
        by: 'todos.update',
      },
      { action: 'read', map: 'todos', before: hers, expect: 'refused' },
      { as: ann, action: 'remove', map: 'todos', before: hers, expect: 'refused' },
      { action: 'read', map: 'notes', expect: 'refused' },
    ];
    expect(runRuleCases(rules, right).failures).toEqual([]);
    const wrong: RuleCase[] = [
      { as: ann, action: 'create', map: 'todos', after: { owner: 'bob' }, expect: 'granted' },
      { as: ann, action: 'create', map: 'todos', after: hers, expect: 'refused' },
      { as: ann, action: 'create', map: 'todos', after: {}, expect: 'refused', by: 'todos.update' },
    ];
    expect(runRuleCases(rules, wrong).failures.map(({ said, by }) => [said, ...by])).toEqual([
      ['refused', 'todos.create'],
      ['granted'],
      ['refused', 'todos.create'],
    ]);
  });

  test('and which rules they asked is counted: each is to grant and to refuse, as far as it can', () => {
    const cases: RuleCase[] = [
      { as: ann, action: 'read', map: 'todos', before: hers, expect: 'granted' },
      { action: 'read', map: 'todos', before: hers, expect: 'refused' },
      { as: ann, action: 'create', map: 'todos', after: hers, expect: 'granted' },
      { action: 'read', map: 'staff', field: 'pay', expect: 'refused', by: 'staff.fields.pay.read' },
      { as: { role: 'hr' }, action: 'update', map: 'staff', before: { pay: 1 }, after: { pay: 2 }, expect: 'granted' },
      { action: 'remove', map: 'staff', expect: 'refused' },
    ];
    const { coverage, failures } = runRuleCases(rules, cases);
    expect(failures).toEqual([]);
    expect(coverage.map(({ rule, granted, refused, isCovered }) => [rule, granted, refused, isCovered])).toEqual([
      ['todos.read', 1, 1, true],
      ['todos.create', 1, 0, false],
      ['todos.update', 0, 0, false],
      ['staff.read', 1, 0, true],
      ['staff.update', 2, 0, true],
      ['staff.remove', 0, 1, true],
      ['staff.fields.pay.read', 2, 1, true],
    ]);
  });

  test('what they say is what a device says beforehand, where no function has a say', () => {
    const record = fc.record(
      { owner: fc.constantFrom(...USERS), open: fc.boolean(), pay: fc.nat(1) },
      { requiredKeys: [] },
    );
    const cases = fc.record({
      given: smallRules.filter((each) => Object.values(each).every(({ name }) => name !== 'own or open')),
      as: claimsOf,
      action: fc.constantFrom('create', 'update', 'remove'),
      before: record,
      after: record,
    });
    fc.assert(
      fc.property(cases, ({ given, as, action, before, after }) => {
        const defined = defineRules({ m: toInput(given) });
        const { allowed } = defined.for(as).preview({ action, map: 'm', key: 'key', before, after });
        const each: RuleCase = { as, action, map: 'm', before, after, expect: allowed ? 'granted' : 'refused' };
        expect(runRuleCases(defined, [each]).failures).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
