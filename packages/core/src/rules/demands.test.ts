import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { auth, defineRules, hasRole, type Effect } from './index.js';
import { demandsOf, judgeEffect } from './judge-effect.js';
import { NO_ACCESS } from './access.js';

// RU-3 as a table: which rules an effect asks, of which state of the record, and in which words it is refused.

const access = defineRules({
  m: {
    read: { where: { owner: auth.sub } },
    create: { where: { owner: auth.sub } },
    update: { where: { owner: auth.sub } },
    remove: { where: { owner: auth.sub } },
    fields: {
      pay: { write: { where: { open: true } } },
      note: { read: hasRole('hr') },
    },
  },
})
  .for({ sub: 'ann' })
  .of('m');

const effect = (given: Partial<Effect>): Effect => ({
  map: 'm',
  key: 'k',
  kind: 'patch',
  before: undefined,
  after: undefined,
  fields: [],
  raisesFloor: false,
  setsExpiry: false,
  changes: true,
  ...given,
});

const was = { owner: 'ann', n: 1 };
const is = { owner: 'ann', n: 2 };
type Asked = readonly (readonly [rule: string, record: Value])[];

describe('RU-3: what an effect demands', () => {
  test.each<[string, Partial<Effect>, Asked]>([
    ['a record that is made', { kind: 'create', after: is }, [['create', is]]],
    [
      'a record that is made with an end',
      { kind: 'create', after: is, setsExpiry: true },
      [
        ['create', is],
        ['remove', is],
      ],
    ],
    ['one that is made on a new floor', { kind: 'create', after: is, raisesFloor: true }, [['create', is]]],
    [
      'a record that is changed',
      { before: was, after: is },
      [
        ['update', was],
        ['update', is],
      ],
    ],
    [
      'one that is begun anew',
      { kind: 'create', before: was, after: is, raisesFloor: true },
      [
        ['update', was],
        ['update', is],
        ['remove', was],
      ],
    ],
    [
      'one that gets another end',
      { before: was, after: is, setsExpiry: true },
      [
        ['update', was],
        ['update', is],
        ['remove', was],
      ],
    ],
    ['a record that ends', { kind: 'remove', before: was }, [['remove', was]]],
    ['one that an edit ends', { kind: 'patch', before: was, fields: ['pay'] }, [['remove', was]]],
    ['a removal that comes too late', { kind: 'remove', before: was, after: is }, [['remove', was]]],
    ['a removal of no record', { kind: 'remove' }, []],
    [
      'a field with rules, of a record that is made',
      { kind: 'create', after: is, fields: ['pay', 'n'] },
      [
        ['create', is],
        ['fields.pay.write', is],
      ],
    ],
    [
      'a field with rules, of one that is changed',
      { before: was, after: is, fields: ['pay'] },
      [
        ['update', was],
        ['update', is],
        ['fields.pay.write', was],
        ['fields.pay.write', is],
      ],
    ],
    [
      'a record that is written as one value: every field',
      { kind: 'create', after: 1, fields: [''] },
      [
        ['create', 1],
        ['fields.pay.write', 1],
        ['fields.note.write', 1],
      ],
    ],
    ['fields without rules', { kind: 'create', after: is, fields: ['n', 'owner', 'Pay'] }, [['create', is]]],
    ['a field of an edit of nothing', { fields: ['pay'] }, []],
  ])('%s', (_what, given, expected) => {
    expect(demandsOf(access, effect(given)).map(({ rule, record }) => [rule, record])).toEqual(expected);
  });

  test('each with the condition that its rule came to', () => {
    const [update, , pay] = demandsOf(access, effect({ before: was, after: is, fields: ['pay'] }));
    expect(update!.condition).toBe(access.actions.update);
    expect(pay!.condition).toBe(access.fields.get('pay')!.write);
    const [note] = demandsOf(access, effect({ after: is, fields: ['note'] })).slice(1);
    expect(note!.condition).toEqual({ type: 'constant', holds: false });
  });
});

const theirs = { owner: 'bob' };
const notPermitted = (rule: string) => ({
  code: 'not-permitted',
  reason: `The rule ${rule} of m does not permit this.`,
});
const absent = { code: 'record-absent', reason: 'There is no record "k" in m to change.' };

describe('RU-4: in which words an effect is refused', () => {
  test.each<[string, Partial<Effect>, object | null]>([
    ['their record, made', { kind: 'create', after: theirs }, notPermitted('create')],
    ['my record given away', { before: was, after: theirs }, notPermitted('update')],
    ['my record, pay written', { before: was, after: is, fields: ['pay'] }, notPermitted('fields.pay.write')],
    ['my record, made with pay', { kind: 'create', after: is, fields: ['pay'] }, notPermitted('create')],
    ['their record, edited', { before: theirs, after: theirs }, absent],
    ['their record, removed', { kind: 'remove', before: theirs }, absent],
    ['their record, made once more', { kind: 'create', before: theirs, after: is }, notPermitted('create')],
    ['their set, added to', { kind: 'add', before: theirs, after: is }, notPermitted('create')],
    ['their counter, counted', { kind: 'count', before: theirs, after: is }, notPermitted('create')],
    ['their set, taken from', { kind: 'discard', before: theirs, after: is }, notPermitted('update')],
    ['my set, added to what is theirs then', { kind: 'add', before: was, after: theirs }, notPermitted('update')],
    ['my record, as it was', { before: was, after: is }, null],
  ])('%s', (_what, given, expected) => {
    expect(judgeEffect(access, effect(given))).toEqual(expected);
  });

  test('of a map that no rule is for it is said so', () => {
    const said = { code: 'not-permitted', reason: 'No rule is for the map m, so nothing is permitted in it.' };
    for (const kind of ['create', 'add', 'count'] as const)
      expect(judgeEffect(NO_ACCESS, effect({ kind, after: is }))).toEqual(said);
    expect(judgeEffect(NO_ACCESS, effect({ kind: 'discard', before: was, after: was }))).toEqual(said);
    for (const kind of ['patch', 'remove'] as const)
      expect(judgeEffect(NO_ACCESS, effect({ kind, before: was }))).toEqual(absent);
  });
});

describe('RU-3: where nothing shows before nor after', () => {
  const own = { where: { owner: auth.sub } };
  const say = (rules: object, given: Partial<Effect>): string => {
    const bound = defineRules({ m: rules }).for({ sub: 'ann' }).of('m');
    const refusal = judgeEffect(bound, effect(given));
    return refusal === null ? 'granted' : refusal.code === 'record-absent' ? refusal.code : refusal.reason;
  };
  const by = (rule: string) => notPermitted(rule).reason;

  test.each<[string, Effect['kind'], object, string]>([
    ['create, which is never granted', 'create', { update: true, remove: true }, by('create')],
    ['create, which may be granted', 'create', { create: own }, 'granted'],
    ['add, which is never granted', 'add', { update: true, remove: true }, by('create')],
    ['add, which may be granted', 'add', { create: own }, 'granted'],
    ['count, which is never granted', 'count', { update: true }, by('create')],
    ['count, which may be granted', 'count', { create: own }, 'granted'],
    ['remove, which is never granted', 'remove', { create: true, update: true }, 'record-absent'],
    ['remove, which may be granted', 'remove', { remove: own }, 'granted'],
    ['a patch, of what may be edited', 'patch', { update: own }, 'record-absent'],
    ['a patch, of whatever', 'patch', { update: true }, 'granted'],
    [
      'a patch, with a field that has rules',
      'patch',
      { update: true, fields: { pay: { write: own } } },
      'record-absent',
    ],
    [
      'a patch, with fields of one rule each',
      'patch',
      { update: true, fields: { a: {}, pay: { write: own } } },
      'record-absent',
    ],
    ['a patch, with a field that is free', 'patch', { update: true, fields: { pay: { write: true } } }, 'granted'],
    ['a discard, of what may be edited', 'discard', { update: own, create: true }, by('update')],
    ['a discard, of whatever', 'discard', { update: true }, 'granted'],
  ])('%s', (_what, kind, rules, expected) => {
    expect(say(rules, { kind })).toBe(expected);
  });

  test('a patch that would not be kept needs only what some record might be granted', () => {
    expect(say({ update: own }, { kind: 'patch', changes: false })).toBe('granted');
    expect(say({ create: true }, { kind: 'patch', changes: false })).toBe('record-absent');
    expect(say({ update: true, fields: { pay: { write: false } } }, { kind: 'patch', changes: false })).toBe('granted');
  });
});

test('RU-7: a judge that takes functions to grant asks none, of what is read neither', () => {
  const asked: string[] = [];
  const check = { check: () => asked.push('asked') < 0 };
  const bound = defineRules({ m: { read: check, update: check, remove: false } })
    .for({})
    .of('m');
  expect(judgeEffect(bound, effect({ before: was, after: is }), 'assume')).toBeNull();
  expect(judgeEffect(bound, effect({ kind: 'remove', before: was }), 'assume')).toEqual(notPermitted('remove'));
  expect(asked).toEqual([]);
  expect(judgeEffect(bound, effect({ kind: 'remove', before: was }))).toEqual(absent);
  expect(judgeEffect(bound, effect({ before: was, after: is }))).toEqual(absent);
  expect(asked.length).toBe(3);
});
