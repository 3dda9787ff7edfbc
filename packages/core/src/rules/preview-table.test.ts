import { describe, expect, test } from 'vitest';
import { recordAbsentText } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import { auth, defineRules, hasRole, type Action, type Claims, type RulesInput } from './index.js';

const own = { where: { owner: auth.sub } };
const hers = { owner: 'ann' };
const his = { owner: 'bob' };

const RULES: RulesInput = {
  todos: { read: own, create: own, update: own, remove: own, fields: { pay: { write: hasRole('hr') } } },
  'log/*': { read: own, create: true },
  open: { read: true, create: true, update: own, remove: own },
  any: { read: true, update: true, remove: { where: { locked: { $ne: true } } } },
};

interface Asked {
  readonly action: Action;
  readonly map?: string;
  readonly before?: Value;
  readonly after?: Value;
}

/** What is said, and why not. */
function said({ action, map = 'todos', before, after }: Asked, claims: Claims = { sub: 'ann' }, rules = RULES): string {
  const permission = defineRules(rules).for(claims).preview({ action, map, key: 'k', before, after });
  return permission.allowed ? 'allowed' : permission.reason;
}

const denies = (rule: string, of = 'todos'): string => `The rule ${rule} of ${of} does not permit this.`;
const absent = (map = 'todos'): string => recordAbsentText(map, 'k');
const noRules = 'No rule is for the map notes, so nothing is permitted in it.';

describe('RU-7: why something is not allowed', () => {
  test.each<[string, Asked, string]>([
    ['hers, read', { action: 'read', before: hers }, 'allowed'],
    ['his, read', { action: 'read', before: his }, denies('read')],
    ['none that is known, read', { action: 'read' }, denies('read')],
    ['none that is known, read where everybody may', { action: 'read', map: 'open' }, 'allowed'],
    ['an entry, read: the rule is named by its pattern', { action: 'read', map: 'log/a' }, denies('read', 'log/*')],
    ['read in a map without rules', { action: 'read', map: 'notes', before: hers }, noRules],
    ['made in one', { action: 'create', map: 'notes', after: hers }, noRules],
    ['edited in one', { action: 'update', map: 'notes', before: hers, after: hers }, absent('notes')],
    ['removed in one', { action: 'remove', map: 'notes', before: hers }, absent('notes')],

    ['hers, made', { action: 'create', after: hers }, 'allowed'],
    ['his, made', { action: 'create', after: his }, denies('create')],
    ['nothing in particular, made', { action: 'create' }, denies('create')],
    ['nothing in particular, made where all is granted', { action: 'create', map: 'log/a' }, 'allowed'],
    ['made where there is one of hers', { action: 'create', before: hers, after: hers }, 'allowed'],
    ['his, made where there is one of hers', { action: 'create', before: hers, after: his }, denies('update')],
    ['made where there is one that she may not see', { action: 'create', before: his, after: hers }, denies('create')],
    [
      'made where there is one that she may see',
      { action: 'create', map: 'open', before: his },
      denies('update', 'open'),
    ],

    ['hers, edited', { action: 'update', before: hers, after: { ...hers, text: 'x' } }, 'allowed'],
    ['hers, edited in no way', { action: 'update', before: hers }, 'allowed'],
    ['hers, given away', { action: 'update', before: hers, after: his }, denies('update')],
    ['his, taken', { action: 'update', before: his, after: hers }, absent()],
    [
      'his that she may see, taken',
      { action: 'update', map: 'open', before: his, after: hers },
      denies('update', 'open'),
    ],
    ['his, edited in no way', { action: 'update', before: his }, absent()],
    ['none that is known, edited into hers', { action: 'update', after: hers }, 'allowed'],
    ['none that is known, edited into his', { action: 'update', after: his }, absent()],
    ['none that is known, edited', { action: 'update' }, absent()],

    [
      'a field that is not hers to write',
      { action: 'update', before: hers, after: { ...hers, pay: 1 } },
      denies('fields.pay.write'),
    ],
    ['and its removal', { action: 'update', before: { ...hers, pay: 1 }, after: hers }, denies('fields.pay.write')],
    [
      'and its making, as if there were one that she may not see',
      { action: 'create', after: { ...hers, pay: 1 } },
      denies('create'),
    ],
    [
      'a record that keeps it',
      { action: 'update', before: { ...hers, pay: 1 }, after: { ...hers, pay: 1, a: 1 } },
      'allowed',
    ],
    ['and the removal of such a record', { action: 'remove', before: { ...hers, pay: 1 } }, 'allowed'],

    ['hers, removed', { action: 'remove', before: hers }, 'allowed'],
    ['hers, removed, whatever is said to be left', { action: 'remove', before: hers, after: his }, 'allowed'],
    ['his, removed', { action: 'remove', before: his }, absent()],
    ['his that she may see, removed', { action: 'remove', map: 'open', before: his }, denies('remove', 'open')],
    ['none that is known, removed by a condition', { action: 'remove' }, 'allowed'],
    ['none that is known, removed where that is never granted', { action: 'remove', map: 'log/a' }, absent('log/a')],
    [
      'one that is locked, removed',
      { action: 'remove', map: 'any', before: { locked: true } },
      denies('remove', 'any'),
    ],
    ['one that is locked, unlocked', { action: 'update', map: 'any', before: { locked: true }, after: {} }, 'allowed'],
  ])('%s', (_what, asked, expected) => {
    expect(said(asked)).toBe(expected);
  });

  test('nobody is told of records what only others may see, and everybody of those that all may see', () => {
    const actions = ['read', 'create', 'update', 'remove'] as const;
    const told = (map: string, before: Value) =>
      actions.map((action) => said({ action, map, before, after: before }, {}));
    expect(told('todos', hers)).toEqual([denies('read'), denies('create'), absent(), absent()]);
    expect(told('open', hers)).toEqual([
      'allowed',
      denies('update', 'open'),
      denies('update', 'open'),
      denies('remove', 'open'),
    ]);
  });

  test('a function is taken to grant, and is never run, wherever it stands', () => {
    const check = (): boolean => {
      throw new Error('run on a device');
    };
    const rules = { todos: { read: { check }, create: { check }, update: [own, { check }], remove: { check } } };
    const asked: readonly Asked[] = [
      { action: 'read', before: his },
      { action: 'create', after: his },
      { action: 'update', before: his, after: hers },
      { action: 'remove', before: his },
    ];
    for (const each of asked) expect(said(each, {}, rules), each.action).toBe('allowed');
  });

  test('what one action is granted says nothing of another', () => {
    const actions = ['read', 'create', 'update', 'remove'] as const;
    for (const granted of actions) {
      const rules = { todos: { [granted]: true } };
      const allowed = actions.filter((action) => {
        const before = action === 'create' ? undefined : hers;
        return said({ action, ...(before && { before }), after: his }, {}, rules) === 'allowed';
      });
      expect(allowed).toEqual([granted]);
    }
  });
});
