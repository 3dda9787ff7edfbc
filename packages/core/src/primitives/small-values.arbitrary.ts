import type { Value } from './value.js';

const SCALARS: readonly Value[] = [null, true, false, 0, 1, -1, 0.5, '', '0', 'a', '__proto__', new Uint8Array([1])];

/**
 * A small world of values, each once by its meaning: all scalars that have been taken for one another somewhere, and what can be made of a
 * few of them in two levels. For laws that are looked at for every pair there is.
 */
export const SMALL_VALUES: readonly Value[] = [
  ...SCALARS,
  new Uint8Array(0),
  new Uint8Array([0]),
  new Uint8Array([1, 0]),
  [],
  {},
  ...SCALARS.map((item): Value => [item]),
  ...SCALARS.map((item): Value => ({ a: item })),
  [0, 1],
  [1, 0],
  [[]],
  [{}],
  [[0], 1],
  [[0, 1]],
  { b: 0 },
  { a: 0, b: 1 },
  { a: 1, b: 0 },
  { a: {} },
  { a: [] },
  { a: { a: 0 } },
  { a: { b: 0 } },
  { $bytes: 'AQ' },
  { $$bytes: 'AQ' },
  { $bytes: 'AQ', a: 0 },
  { toJSON: 0 },
  { 0: 'a' },
  { length: 0 },
  { ['__proto__']: 0 },
  { constructor: 0 },
];
