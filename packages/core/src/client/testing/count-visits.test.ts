import { describe, expect, it } from 'vitest';

import { countVisits } from './count-visits.js';

const list = [1, 2, 3];
const map = new Map([
  ['a', 1],
  ['b', 2],
]);
const set = new Set([1, 2, 3]);

describe('counting visits', () => {
  it.each<[string, () => void, number, number]>([
    ['nothing', () => {}, 0, 0],
    ['looks at a map', () => [map.get('a'), map.has('z')], 2, 0],
    ['changes of a set', () => set.add(9).delete(9), 2, 0],
    ['a walk through a map, its end included', () => void [...map], 3, 0],
    ['a walk that stops', () => void map.keys().next(), 1, 0],
    ['every entry of a set', () => set.forEach(() => {}), 3, 0],
    ['a walk through an array', () => void Math.max(...list), 0, 4],
    ['a search in an array', () => void list.some((item) => item > 9), 0, 3],
  ])('counts %s', (_case, run, tables, items) => {
    expect(countVisits(run)).toEqual({ tables, items });
  });

  it('leaves everything as it was, also when the function throws', () => {
    const methods = (): unknown[] =>
      [Map.prototype, Set.prototype, Array.prototype].flatMap((owner) =>
        Reflect.ownKeys(owner).map((name) => Object.getOwnPropertyDescriptor(owner, name)?.value as unknown),
      );
    const before = methods();
    const fault = new Error('a defect');
    expect(() =>
      countVisits(() => {
        throw fault;
      }),
    ).toThrow(fault);
    expect(methods().filter((method, i) => method !== before[i])).toEqual([]);
  });
});
