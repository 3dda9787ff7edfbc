import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entries } from '../query.arbitrary.js';
import { shapeOf } from '../evaluate/groups.js';
import { at, pathList } from '../views/naive-rows.arbitrary.js';
import { placeValues } from './place-values.js';
import { compileProjection } from './project.js';
import { relatedValue, withFields } from './related-value.js';

describe('QU-22: values at their places', () => {
  test('are read where they were put, and there is nothing else', () => {
    fc.assert(
      fc.property(pathList, entries, (paths, rows) => {
        for (const row of rows) {
          const object = placeValues(
            paths,
            paths.map((path) => at(path, row)),
          );
          expect(object).toEqual(shapeOf(paths, row));
          for (const path of paths) {
            if (path[0] !== '_key') expect(at(path, { key: 'other', value: object })).toEqual(at(path, row));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('share the objects on their way', () => {
    const object = placeValues([['a', 'b'], ['a', 'c', 'd'], ['e']], [1, 2, undefined]);
    expect(object).toEqual({ a: { b: 1, c: { d: 2 } } });
  });

  test('have plain names, whatever they are', () => {
    const object = placeValues([['__proto__', '__proto__'], ['constructor']], [1, 2]);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor']);
    expect(Object.getOwnPropertyDescriptor(object, '__proto__')?.value).toEqual(placeValues([['__proto__']], [1]));
  });

  test('do not have the key among them when they are what is shown beside it', () => {
    expect(compileProjection([['_key'], ['a']])({ key: 'k', value: { a: 1, b: 2 } })).toEqual({ a: 1 });
  });

  test('of a record that is no object are none', () => {
    const project = compileProjection([['a'], ['b', 'c']]);
    for (const value of [null, 7, 'a', [1], Uint8Array.of(1)]) expect(project({ key: 'k', value })).toEqual({});
  });
});

describe('QU-25: a row in another row', () => {
  test('has its key beside its fields, or beside its value', () => {
    expect(relatedValue({ key: 'k', value: { a: 1, _key: 'mine' } })).toEqual({ a: 1, _key: 'k' });
    expect(relatedValue({ key: 'k', value: [1] })).toEqual({ _key: 'k', value: [1] });
    expect(relatedValue({ key: 'k', value: null })).toEqual({ _key: 'k', value: null });
  });

  test('leaves the object it is made of as it was', () => {
    const object = { a: 1 };
    expect(withFields(object, [['__proto__', 2]])).not.toBe(object);
    expect(object).toEqual({ a: 1 });
    expect(Object.keys(withFields(object, [['__proto__', 2]]))).toEqual(['a', '__proto__']);
  });
});
