import { describe, expect, test } from 'vitest';
import { DEFAULT_BUDGETS, toBudgets, type BudgetOptions } from './budgets.js';

describe('AB-1: what a server is told of budgets', () => {
  test('replaces what it names, and nothing else', () => {
    const { budgets, faults } = toBudgets({ user: { ops: { perS: 7 }, connections: 3 }, patienceMs: 1 });
    expect(faults).toEqual([]);
    expect(budgets.user).toEqual({
      ...DEFAULT_BUDGETS.user,
      ops: { ...DEFAULT_BUDGETS.user.ops, perS: 7 },
      connections: 3,
    });
    expect({ ...budgets, user: DEFAULT_BUDGETS.user, patienceMs: 5_000 }).toEqual(DEFAULT_BUDGETS);
  });

  test.each([
    [{ users: {} }, 'budgets has no "users"'],
    [{ user: { op: {} } }, 'budgets.user has no "op"'],
    [{ user: { ops: 7 } }, 'budgets.user.ops is an object'],
    [{ user: { ops: { perS: 0 } } }, 'budgets.user.ops.perS is a number above 0'],
    [{ connections: '7' }, 'budgets.connections is a number above 0'],
    [null, 'budgets is an object'],
    [JSON.parse('{"__proto__":{"connections":1}}'), 'budgets has no "__proto__"'],
  ])('is refused with a sentence where it means nothing: %j', (options, sentence) => {
    expect(toBudgets(options as BudgetOptions).faults).toEqual([expect.stringContaining(sentence)]);
  });
});
