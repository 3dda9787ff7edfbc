import { describe, expect, test } from 'vitest';
import { applyDecided, type LwwRecord, type Op, type RecordOp } from '../crdt/index.js';
import { created, ending, opIdAt, patched, removed } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import { changedFields } from './changed-fields.js';
import { effectOf } from './effect.js';
import {
  allOf,
  anyOf,
  auth,
  defineRules,
  hasClaim,
  seenValue,
  visibilityOf,
  type MapAccess,
  type MapRulesInput,
  type RuleInput,
} from './index.js';

const held = (...ops: readonly Op[]): LwwRecord => ops.slice(1).reduce(applyDecided, applyDecided(undefined, ops[0]!));
const accessOf = (rules: MapRulesInput): MapAccess => defineRules({ m: rules }).for({ sub: 'ann' }).of('m');
const hide = (...names: readonly string[]): MapRulesInput => ({
  read: true,
  fields: Object.fromEntries(names.map((name) => [name, { read: false }])),
});
const seen = (rules: MapRulesInput, record: LwwRecord): LwwRecord | undefined =>
  visibilityOf(accessOf(rules), 'm')!.see('k', record);

describe('RU-5: hidden fields', () => {
  test('one of several is enough for a record to lose it', () => {
    const record = held(created('k', 1, 'a', { pay: 1, note: 'x' }));
    for (const names of [
      ['pay', 'none'],
      ['none', 'pay'],
      ['none', 'other', 'pay'],
    ])
      expect([...seen(hide(...names), record)!.fields.keys()]).toEqual(['note']);
  });

  test('have the names of registers in sets and counters, and take nothing out of them', () => {
    const set = held({ ...opIdAt(1, 'a'), key: 'k', kind: 'add', value: 'x', tags: [] });
    const counter = held({ ...opIdAt(1, 'a'), key: 'k', kind: 'count', delta: 2 });
    for (const record of [set, counter]) {
      expect(record.fields.size).toBeGreaterThan(0);
      expect(seen(hide(...record.fields.keys()), record)).toBe(record);
    }
  });

  test.each<[string, Value]>([
    ['a list', ['x', 'y']],
    ['a text', 'xy'],
    ['bytes', Uint8Array.of(1, 2)],
    ['null', null],
    ['a number', 0],
  ])('have the names of places in %s, and take nothing out of it', (_what, value) => {
    expect(seenValue(accessOf(hide('0', '1', 'length')), 'm', 'k', value)).toBe(value);
  });

  test('what was removed is not asked what it shows', () => {
    const gone = held(created('k', 1, 'a', { pay: 1 }), removed('k', 2, 'a'));
    const shown = (): Value => ({ owner: 'ann' });
    expect(
      visibilityOf(accessOf({ read: { where: { owner: auth.sub } } }), 'm', shown)!.see('k', gone),
    ).toBeUndefined();
  });

  test('are looked for once in each record; a mere condition is asked of the fields that it names, so that nothing is made or kept for it', () => {
    const record = held(created('k', 1, 'a', { owner: 'ann' }));
    const looks = (rules: MapRulesInput): number => {
      let count = 0;
      const shown = (): Value => ((count += 1), { owner: 'ann' });
      const { see } = visibilityOf(accessOf(rules), 'm', shown)!;
      for (let i = 0; i < 3; i += 1) expect(see('k', record)).toBe(record);
      return count;
    };
    const own = { where: { owner: auth.sub } };
    const check = (): boolean => true;
    expect(looks({ read: own })).toBe(0);
    expect(looks({ read: [own, { where: { open: true } }] })).toBe(0);
    expect(looks({ ...hide('pay'), read: { check } })).toBe(1);
    expect(looks({ read: allOf(own, { check }) })).toBe(1);
    expect(looks({ read: anyOf(allOf(own, anyOf({ check }, own)), { where: { owner: 'bob' } }) })).toBe(1);
  });
});

describe('RU-5: two with one key see the same', () => {
  const [first, second] = [(): boolean => true, (): boolean => true];
  const [a, b]: RuleInput[] = [{ where: { a: 1 } }, { where: { b: 1 } }];
  const keyOf = (read: RuleInput, claims: object = { sub: 'ann' }): string =>
    visibilityOf(
      defineRules({ m: { read } })
        .for(claims as never)
        .of('m'),
      'm',
    )!.key;

  test('and each of these sees something else', () => {
    const keys = [
      keyOf(a!),
      keyOf(b!),
      keyOf(anyOf(a!, b!)),
      keyOf(allOf(a!, b!)),
      keyOf(anyOf(a!, { check: first })),
      keyOf(anyOf(a!, { check: second })),
      keyOf({ check: first }),
      keyOf({ check: second }),
      keyOf({ check: first }, { sub: 'bob' }),
      keyOf({ check: first }, {}),
      keyOf(allOf(anyOf(a!, b!), { check: first })),
      keyOf(anyOf(allOf(a!, b!), { check: first })),
      keyOf(false),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('what says the same in other words, or to another token of the same bearer, has one', () => {
    expect(keyOf(anyOf(a!, false))).toBe(keyOf(a!));
    expect(keyOf(allOf(true, a!, true))).toBe(keyOf([a!]));
    expect(keyOf({ check: first }, { sub: 'x', exp: 1 })).toBe(keyOf({ check: first }, { exp: 2, sub: 'x' }));
    expect(keyOf(hasClaim(auth.org, 'o'))).toBe(keyOf(false));
  });
});

describe('RU-3: the effect of an op on what holds the record', () => {
  const made = created('k', 1, 'a', { f: 1 });
  const effect = (op: RecordOp, ...before: readonly Op[]) => {
    const record = before.length === 0 ? undefined : held(...before);
    return effectOf(op, record, applyDecided(record, op));
  };

  test.each<[string, RecordOp, readonly Op[], boolean]>([
    ['made without one', made, [], false],
    ['made to end', ending(made, 9), [], true],
    ['made without one, said', ending(made, null), [], false],
    ['edited', patched('k', 2, 'a', { f: 2 }), [made], false],
    ['given one', ending(patched('k', 2, 'a', {}), 9), [made], true],
    ['edited where it ends', patched('k', 2, 'a', { f: 2 }), [ending(made, 9)], false],
    ['given the one it has', ending(patched('k', 2, 'a', {}), 9), [ending(made, 9)], false],
    ['given a later one', ending(patched('k', 2, 'a', {}), 10), [ending(made, 9)], true],
    ['given none', ending(patched('k', 2, 'a', {}), null), [ending(made, 9)], true],
    ['given none where there is none', ending(patched('k', 2, 'a', {}), null), [made], false],
    ['given another that is too late to count', ending(patched('k', 0, 'a', {}), 10), [ending(made, 9)], false],
  ])('%s: whether it has another end', (_what, op, before, expected) => {
    expect(effect(op, ...before).setsExpiry).toBe(expected);
  });

  test.each<[string, RecordOp, readonly Op[], boolean]>([
    ['made', made, [], false],
    ['made anew', created('k', 2, 'a', {}, true), [made], true],
    ['made anew where there is none', created('k', 2, 'a', {}, true), [], true],
    ['made anew too late', created('k', 1, 'a', {}, true), [made, created('k', 3, 'a', {}, true)], false],
    ['edited', patched('k', 2, 'a', { f: 2 }), [made], false],
    ['edited after it was made anew', patched('k', 4, 'a', {}), [created('k', 2, 'a', {}, true)], false],
    ['removed', removed('k', 2, 'a'), [made], true],
  ])('%s: whether its floor rises', (_what, op, before, expected) => {
    expect(effect(op, ...before).raisesFloor).toBe(expected);
  });

  test('names map, key, kind and fields as the op does, and says whether anything is otherwise', () => {
    const op = patched('k', 2, 'a', { f: 2, g: undefined });
    expect(effect(op, made)).toMatchObject({ map: 'm', key: 'k', kind: 'patch', fields: ['f', 'g'], changes: true });
    expect(effect(op, made)).toMatchObject({ before: { f: 1 }, after: { f: 2 } });
    expect(effect(patched('k', 0, 'a', { f: 2 }), made)).toMatchObject({
      before: { f: 1 },
      after: { f: 1 },
      changes: false,
    });
    expect(effect(removed('k', 2, 'a'), made)).toMatchObject({ kind: 'remove', fields: [], after: undefined });
  });
});

describe('CR-4: fields whose names objects have of themselves', () => {
  test('an empty record under the name __proto__ is a field, where there was none and where there is none', () => {
    const odd = JSON.parse('{"__proto__":{}}') as Value;
    expect(changedFields({}, odd)).toEqual(['__proto__']);
    expect(changedFields(odd, {})).toEqual(['__proto__']);
    expect(changedFields(undefined, odd)).toEqual(['__proto__']);
    expect(changedFields(odd, JSON.parse('{"__proto__":{}}') as Value)).toEqual([]);
  });
});
