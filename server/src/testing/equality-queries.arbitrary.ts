import type { Value } from '@topgun/core/primitives';
import { parseQuery, type Predicate, type QueryInput } from '@topgun/core/query';
import fc from 'fast-check';

/** Few values, some equal by content alone, so that conditions and records meet. */
export const fieldValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, true, false, 0, 1, 2, '', 'a', 'b', '1', '{"a":1}'),
  fc.constantFrom(0, 1, 2).map((n): Value => ({ a: n })),
  fc.constantFrom(0, 1).map((n): Value => [n]),
  fc.constantFrom(0, 1).map((n): Value => Uint8Array.of(n)),
);

export const recordKey = fc.constantFrom('a', 'b', 'c', 'd', '1', '__proto__');

/** Mostly objects, one of them in another; now and then a bare value. */
export const recordValue: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      { x: fieldValue, y: fieldValue, z: fc.record({ x: fieldValue }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Value>,
  },
  { weight: 1, arbitrary: fieldValue },
);

const condition: fc.Arbitrary<QueryInput['where']> = fc
  .tuple(
    fc.constantFrom('x', 'y', 'z', 'z.x', '_key', 'x.a'),
    fc.oneof(
      { weight: 4, arbitrary: fieldValue.map(($eq) => ({ $eq })) },
      { weight: 2, arbitrary: fc.array(fieldValue, { maxLength: 3 }).map(($in) => ({ $in })) },
      { weight: 1, arbitrary: fieldValue.map(($ne) => ({ $ne })) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1).map(($gte) => ({ $gte })) },
      { weight: 1, arbitrary: fc.boolean().map(($exists) => ({ $exists })) },
    ),
  )
  .map(([path, operator]) => ({ [path]: operator }) as QueryInput['where']);

export const where: fc.Arbitrary<NonNullable<QueryInput['where']>> = fc.letrec<{ where: unknown }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: condition as fc.Arbitrary<unknown> },
    { weight: 2, arbitrary: fc.array(tie('where'), { maxLength: 3 }).map(($and) => ({ $and })) },
    { weight: 2, arbitrary: fc.array(tie('where'), { maxLength: 3 }).map(($or) => ({ $or })) },
    { weight: 1, arbitrary: tie('where').map(($not) => ({ $not })) },
  ),
})).where as fc.Arbitrary<NonNullable<QueryInput['where']>>;

export const predicate: fc.Arbitrary<Predicate> = where.map(predicateOf);

export function predicateOf(input: NonNullable<QueryInput['where']>): Predicate {
  const query = parseQuery({ where: input });
  if (!query.ok) throw new Error(query.error.code);
  return query.value.where;
}
