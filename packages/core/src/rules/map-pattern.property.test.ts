import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPatterns } from './map-pattern.js';

/** Characters of names, those among them that mean something to a regular expression. */
const letters = fc.constantFrom('a', 'b', '.', '/', '-', ':', '_', '0');
const names = fc.string({ unit: letters, minLength: 1, maxLength: 6 });
const patterns = fc.string({
  unit: fc.oneof({ weight: 3, arbitrary: letters }, { weight: 2, arbitrary: fc.constant('*') }),
  minLength: 1,
  maxLength: 5,
});

/** `*` is any run of characters, an empty one too: said by recursion, without a regular expression. */
function matches(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  if (pattern[0] !== '*') return pattern[0] === name[0] && name !== '' && matches(pattern.slice(1), name.slice(1));
  return matches(pattern.slice(1), name) || (name !== '' && matches(pattern, name.slice(1)));
}

const literals = (pattern: string): number => pattern.replaceAll('*', '').length;

/** RU-2, one sentence after another. */
function meant(given: readonly string[], name: string): string | undefined {
  if (given.some((pattern) => pattern === name)) return name;
  const fitting = given.filter((pattern) => pattern.includes('*') && matches(pattern, name));
  const most = Math.max(...fitting.map(literals));
  return fitting.filter((pattern) => literals(pattern) === most).sort()[0];
}

test('RU-2: a map has the rules of its name, else of the pattern that says most, whatever order they are written in', () => {
  let byPattern = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(names, patterns), { maxLength: 8 }),
      fc.array(names, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      (given, asked, turn) => {
        const shuffled = given.map((_, i) => given[(i + turn) % given.length]!);
        const [find, findToo] = [given, shuffled].map((list) => createPatterns(list.map((name) => [name, name])));
        for (const map of [...asked, ...asked, ...given.filter((name) => !name.includes('*'))]) {
          const expected = meant(given, map);
          if (expected?.includes('*') === true) byPattern += 1;
          expect([find!(map), findToo!(map)]).toEqual([expected, expected]);
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(byPattern).toBeGreaterThan(100);
});

test('RU-2: what has been found is found again, however many other maps are asked for between', () => {
  const find = createPatterns([
    ['a*', 1],
    ['a0*', 2],
  ]);
  for (let round = 0; round < 2; round += 1) {
    for (let i = 0; i < 1_500; i += 1) {
      expect([find(`a${i}`), find(`b${i}`)]).toEqual([i === 0 ? 2 : 1, undefined]);
    }
  }
});

test.each(['', ' ', 'a b', 'a\u0000', 'ä', '*?', '[a]', 'a+', '$', 'x'.repeat(129), '\ud800', 'a\n'])(
  'RU-1: %j is neither a name nor a pattern',
  (name) => {
    expect(() => createPatterns([[name, 1]])).toThrow(expect.objectContaining({ code: 'bad-rule' }));
  },
);

test('RU-2: names that objects have of themselves are plain names', () => {
  const find = createPatterns([
    ['constructor', 1],
    ['__proto__', 2],
  ]);
  expect(['constructor', '__proto__', 'toString', 'hasOwnProperty'].map(find)).toEqual([1, 2, undefined, undefined]);
});
