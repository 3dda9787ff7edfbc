import { describe, expect, test } from 'vitest';
import { applyDecided, materialize, type LwwRecord, type Op } from '../crdt/index.js';
import { created, opIdAt, patched, removed } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import {
  auth,
  defineRules,
  hasRole,
  seenValue,
  visibilityOf,
  type Claims,
  type MapAccess,
  type MapRulesInput,
} from './index.js';
import { effectOf } from './effect.js';

const accessOf = (rules: MapRulesInput, claims: Claims = { sub: 'ann' }): MapAccess =>
  defineRules({ m: rules }).for(claims).of('m');
const own = { where: { owner: auth.sub } };
const held = (...ops: readonly Op[]): LwwRecord => ops.slice(1).reduce(applyDecided, applyDecided(undefined, ops[0]!));
const hers = held(created('k', 1, 'a', { owner: 'ann', pay: 1, note: 'x' }));
const his = held(created('k', 1, 'a', { owner: 'bob', pay: 1 }));
const noPay = { fields: { pay: { read: false } } };
const seenOf = (rules: MapRulesInput, record: LwwRecord): Value | undefined => {
  const seen = visibilityOf(accessOf(rules), 'm')!.see('k', record);
  return seen && materialize(seen);
};

describe('RU-5: what is seen of a map', () => {
  test('is everything, and no visibility is made, only where all of it is granted', () => {
    expect(visibilityOf(accessOf({ read: true }), 'm')).toBeNull();
    expect(visibilityOf(accessOf({ read: true, fields: { pay: { write: false } } }), 'm')).toBeNull();
    expect(visibilityOf(accessOf({ read: hasRole('hr') }, { role: 'hr' }), 'm')).toBeNull();
    expect(visibilityOf(accessOf({ read: true, ...noPay }), 'm')).not.toBeNull();
    expect(visibilityOf(accessOf({ read: own }), 'm')).not.toBeNull();
    expect(visibilityOf(accessOf({}), 'm')).not.toBeNull();
  });

  test.each<[string, MapRulesInput, LwwRecord, Value | undefined]>([
    ['hers', { read: own }, hers, { owner: 'ann', pay: 1, note: 'x' }],
    ['his', { read: own }, his, undefined],
    ['hers, but for a field', { read: own, ...noPay }, hers, { owner: 'ann', note: 'x' }],
    ['his, with a field that is hidden', { read: own, ...noPay }, his, undefined],
    [
      'anybody’s, but for two fields',
      { read: true, fields: { pay: { read: false }, note: { read: false } } },
      hers,
      { owner: 'ann' },
    ],
    ['one without the field', { read: true, fields: { other: { read: false } } }, his, { owner: 'bob', pay: 1 }],
    ['one value', { read: true, ...noPay }, held(created('k', 1, 'a', { '': 'text' })), 'text'],
    [
      'a removed one',
      { read: true, ...noPay },
      held(created('k', 1, 'a', { pay: 1 }), removed('k', 2, 'a')),
      undefined,
    ],
    ['an edit of none', { read: true, ...noPay }, held(patched('k', 1, 'a', { pay: 1, a: 1 })), undefined],
    ['nothing of a map that nothing is granted of', {}, hers, undefined],
  ])('%s', (_what, rules, record, expected) => {
    expect(seenOf(rules, record)).toEqual(expected);
  });

  test('a record of which nothing is hidden stays the object it is, and one of which something is becomes another once', () => {
    const { see } = visibilityOf(accessOf({ read: true, ...noPay }), 'm')!;
    const bare = held(created('k', 1, 'a', { owner: 'ann' }));
    expect(see('k', bare)).toBe(bare);
    expect(see('k', hers)).not.toBe(hers);
    expect(see('k', hers)).toBe(see('k', hers));
    expect(see('k', hers)!.existence).toBe(hers.existence);
  });

  test('sets and counters have no fields to hide', () => {
    const set = held({ ...opIdAt(1, 'a'), key: 'k', kind: 'add', value: 'pay', tags: [] });
    const counter = held({ ...opIdAt(1, 'a'), key: 'k', kind: 'count', delta: 2 });
    const { see } = visibilityOf(accessOf({ read: true, fields: { pay: { read: false }, a: { read: false } } }), 'm')!;
    expect([see('k', set), see('k', counter)]).toEqual([set, counter]);
  });

  test('a function is told what the caller says that shows', () => {
    const asks = { check: ({ record }: { record: Value }) => (record as { owner?: string }).owner === 'ann' };
    const visibility = visibilityOf(accessOf({ read: asks }), 'm', () => ({ owner: 'ann' }))!;
    expect(visibility.see('k', his)).toBe(his);
    expect(visibilityOf(accessOf({ read: asks }), 'm', () => undefined)!.see('k', hers)).toBeUndefined();
  });

  test('has a key that says all it depends on, in one order, and conditions to look for it', () => {
    const keyOf = (rules: MapRulesInput, claims?: Claims): string => visibilityOf(accessOf(rules, claims), 'm')!.key;
    const [ab, ba] = [
      ['a', 'b'],
      ['b', 'a'],
    ].map((names) => ({
      read: own,
      fields: Object.fromEntries(names.map((name) => [name, { read: false }])),
    }));
    expect(keyOf(ab!)).toBe(keyOf(ba!));
    const all = [
      keyOf(ab!),
      keyOf({ read: own }),
      keyOf({ read: own }, { sub: 'bob' }),
      keyOf({ read: own, ...noPay }),
      keyOf({ read: true, ...noPay }),
      keyOf({}),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(keyOf({ read: true, ...noPay })).toBe('["true",["pay"]]');
    expect(visibilityOf(accessOf({ read: true, ...noPay }), 'm')!.where).toBeNull();
    expect(visibilityOf(accessOf({}), 'm')!.where).toEqual({ type: 'or', of: [] });
  });

  test('a function within others is asked of each record once, a mere condition needs no memory', () => {
    let asked = 0;
    const counting = { check: () => (asked += 1) > 0 };
    for (const read of [counting, [own, [counting]], [[{ where: { owner: 'eve' } }, counting]]]) {
      asked = 0;
      const { see } = visibilityOf(accessOf({ read }, {}), 'm')!;
      expect([see('k', hers), see('k', hers)]).toEqual([hers, hers]);
      expect(asked).toBe(1);
    }
  });
});

describe('PI-9: what is seen of a value', () => {
  test.each<[string, MapRulesInput, Value, Value | undefined]>([
    ['hers', { read: own }, { owner: 'ann', pay: 1 }, { owner: 'ann', pay: 1 }],
    ['his', { read: own }, { owner: 'bob' }, undefined],
    ['hers, but for a field', { read: own, ...noPay }, { owner: 'ann', pay: 1 }, { owner: 'ann' }],
    ['one that is nothing else', { read: true, ...noPay }, { pay: 1 }, {}],
    ['one value', { read: true, ...noPay }, 'pay', 'pay'],
    ['a list', { read: true, ...noPay }, ['pay'], ['pay']],
    ['bytes', { read: true, ...noPay }, Uint8Array.of(1), Uint8Array.of(1)],
    ['what a function does not grant', { read: { check: () => false } }, {}, undefined],
    ['what a function grants', { read: { check: ({ key }) => key === 'k' } }, { a: 1 }, { a: 1 }],
  ])('%s', (_what, rules, value, expected) => {
    expect(seenValue(accessOf(rules), 'm', 'k', value)).toEqual(expected);
  });

  test('is the value itself where nothing of it is hidden, and keeps fields whatever their names are', () => {
    const value = JSON.parse('{"__proto__":{"a":1},"pay":2}') as Value;
    expect(seenValue(accessOf({ read: true }), 'm', 'k', value)).toBe(value);
    const left = seenValue(accessOf({ read: true, ...noPay }), 'm', 'k', value)!;
    expect(Object.entries(left)).toEqual([['__proto__', { a: 1 }]]);
    expect(Object.getPrototypeOf(left)).toBe(Object.prototype);
  });
});

describe('RU-3: the effect of an op', () => {
  test('asks what shows only of what is there and visible', () => {
    const asked: LwwRecord[] = [];
    const shown = (record: LwwRecord): Value => asked.push(record);
    const gone = held(created('k', 1, 'a', { pay: 1 }), removed('k', 2, 'a'));
    const op = patched('k', 3, 'a', { pay: 2 });
    expect(effectOf(op, gone, gone, shown)).toMatchObject({ before: undefined, after: undefined, changes: false });
    expect(effectOf(op, undefined, gone, shown)).toMatchObject({ before: undefined, after: undefined, changes: true });
    expect(asked).toEqual([]);
    expect(effectOf(op, hers, his, shown)).toMatchObject({ before: 1, after: 2, fields: ['pay'] });
    expect(asked).toEqual([hers, his]);
  });
});
