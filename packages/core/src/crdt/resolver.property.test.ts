import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { values } from '../primitives/value.arbitrary.js';
import { sameValue } from '../primitives/same-value.js';
import type { Value } from '../primitives/value.js';
import { checkResolver } from './check-resolver.js';
import { defineResolvers } from './define-resolvers.js';
import { compareValues, custom, firstWriteWins, immutable, max, min, union, type Resolver } from './resolver.js';

const MERGES = [max, min, union];
const few = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom<Value>('a', 'b', true, null), values);
const lists = fc.oneof(fc.array(few, { maxLength: 4 }), few);

const fold = (resolver: Resolver, all: readonly Value[]): Value =>
  all.reduce((current, incoming) => {
    const resolution = resolver.resolve(current, incoming);
    if (resolution.type === 'refused') throw new Error(resolution.reason);
    return resolution.value;
  });

test.each(MERGES)('RS-2: $name gives the same whatever came first, and however often', (resolver) => {
  fc.assert(
    fc.property(fc.array(lists, { minLength: 2, maxLength: 6 }), fc.infiniteStream(fc.nat()), (written, picks) => {
      const shuffled = [...written, ...written]
        .map((value) => [picks.next().value as number, value] as const)
        .sort(([a], [b]) => a - b)
        .map(([, value]) => value);
      expect(sameValue(fold(resolver, written), fold(resolver, shuffled))).toBe(true);
    }),
  );
});

test.each(MERGES)('RS-2: $name breaks no law, as the check for resolvers of one’s own says too', (resolver) => {
  fc.assert(
    fc.property(fc.array(lists, { maxLength: 6 }), (written) => {
      expect(checkResolver(resolver, written)).toEqual([]);
    }),
  );
});

test('RS-2: values are in one total order', () => {
  fc.assert(
    fc.property(few, few, few, (a, b, c) => {
      expect(Math.sign(compareValues(a, b))).toBe(-Math.sign(compareValues(b, a)) + 0);
      expect(compareValues(a, b) === 0).toBe(sameValue(a, b));
      if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

test('RS-2: the check finds what is no merge law, and names values that show it', () => {
  const numbers = [0, 1, 2, 5];
  const laws = (resolver: Resolver, of: readonly Value[] = numbers) =>
    checkResolver(resolver, of).map(({ law }) => law);
  expect(laws(custom<number>('sum', (a, b) => a + b))).toEqual(['idempotent']);
  expect(laws(custom<number>('mean', (a, b) => (a + b) / 2))).toEqual(
    expect.arrayContaining(['idempotent', 'associative']),
  );
  expect(laws(custom('last', (_, b) => b))).toEqual(['commutative']);
  let calls = 0;
  expect(laws(custom('counts', () => (calls += 1)))).toContain('pure');
  const spoils = custom<number[]>('spoils', (a, b) => (a.push(...b), a));
  expect(laws(spoils, [[1], [2]])).toContain('pure');
  expect(laws(firstWriteWins)).toEqual(['commutative']);
  expect(laws(immutable)).toContain('idempotent');
  expect(
    checkResolver(
      custom<number>('sum', (a, b) => a + b),
      numbers,
    )[0],
  ).toEqual({ law: 'idempotent', values: [0, 1] });
});

test('RS-1: what each makes of a write', () => {
  const of = (resolver: Resolver, current: Value, incoming: Value) => resolver.resolve(current, incoming);
  const value = (held: Value) => ({ type: 'value', value: held });
  expect(of(max, 3, 10)).toEqual(value(10));
  expect(of(max, 'b', 'a')).toEqual(value('b'));
  expect(of(min, 3, 10)).toEqual(value(3));
  expect(of(union, ['b'], ['a', 'b'])).toEqual(value(['a', 'b']));
  expect(of(union, 'x', ['a'])).toEqual(value(['a', 'x']));
  expect(of(firstWriteWins, 1, 2)).toEqual(value(1));
  expect(of(immutable, { a: 1 }, { a: 1 })).toEqual(value({ a: 1 }));
  expect(of(immutable, 1, 2)).toMatchObject({ type: 'refused' });
});

test('RS-1: one of the app’s own that throws, or gives no value, refuses', () => {
  const thrown = custom('throws', () => {
    throw new Error('of its own');
  });
  for (const resolver of [
    thrown,
    custom('date', () => new Date(0) as never),
    custom('nothing', () => undefined as never),
  ]) {
    expect(resolver.resolve(1, 2)).toMatchObject({ type: 'refused' });
  }
});

test('RS-1: what is no resolver is refused where it is written', () => {
  const code = (input: unknown): unknown => {
    try {
      defineResolvers(input as never);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return null;
  };
  expect(
    [{ m: { fields: { a: Math.max } } }, { m: { record: 1 } }, { m: { fields: {}, record: immutable } }].map(code),
  ).toEqual(Array(3).fill('bad-resolver'));
  expect(code({ m: { fields: { a: max } } })).toBeNull();
  const resolvers = defineResolvers({ __proto__x: { record: immutable } });
  expect([resolvers.of('__proto__x')?.record, resolvers.of('constructor')]).toEqual([immutable, undefined]);
});
