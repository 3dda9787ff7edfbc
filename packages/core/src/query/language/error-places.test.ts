import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeQueryError, type QueryErrorPath } from './query-error.js';

/*
 * The place of an error as an app's developer reads it. Whatever names an app has chosen, the place can be read back from the sentence, so no two places
 * look the same.
 */

const END = ' is no cursor of this query.';

/** The place that a sentence says, up to its end. */
function placeIn(sentence: string): string {
  expect(sentence.endsWith(END)).toBe(true);
  return sentence.slice(0, -END.length);
}

/** Reads a place as a reader of JavaScript would: names after dots, numbers and quoted names in brackets. */
function readPlace(text: string): QueryErrorPath {
  if (text === 'the query') return [];
  const path: (string | number)[] = [];
  for (let rest = text; rest !== '';) {
    const [part, number, quoted, name] = /^(?:\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([\w$-]+))/.exec(rest) ?? [];
    if (part === undefined) throw new Error(`not a place: ${text}`);
    path.push(
      number === undefined
        ? quoted === undefined
          ? (name as string)
          : (JSON.parse(quoted) as string)
        : Number(number),
    );
    rest = rest.slice(part.length);
  }
  return path;
}

const said = (path: QueryErrorPath): string => placeIn(describeQueryError({ code: 'cursor-invalid', path }));

const name = fc.oneof(
  fc.constantFrom(
    'where',
    '$or',
    'a',
    'owner.id',
    '',
    ' ',
    '0',
    '1',
    '__proto__',
    'the query',
    '["a"]',
    '[0]',
    'a]',
    '"',
    '\\',
    "'",
    'é',
    '\n',
    '.',
    'a.',
    '\u2028',
    '-',
    '\ud83d',
  ),
  fc.string({ maxLength: 4 }),
);
const path = fc.array(fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: fc.nat(300) }), {
  maxLength: 5,
});

describe('QU-4: the place of an error in words', () => {
  test('is read back as what it was', () => {
    fc.assert(
      fc.property(path, (place) => {
        expect(readPlace(said(place))).toEqual(place);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is another one for another place, of all short ones of names that look alike', () => {
    const parts = ['a', 'b', '0', 0, 1, '[0]', 'a.b', '', '["a"]', 'the query'] as const;
    const places: QueryErrorPath[] = [[], ...parts.map((part) => [part])];
    for (const one of parts) for (const other of parts) places.push([one, other], [one, 'a', other]);
    expect(new Set(places.map(said)).size).toBe(places.length);
  });

  test('is on one line, and has no quote that is left open', () => {
    fc.assert(
      fc.property(path, (place) => {
        const text = said(place);
        expect(text).not.toMatch(/[\n\r]/);
        expect(text.replace(/\\./g, '').split('"').length % 2).toBe(1);
      }),
    );
  });

  test.each<[QueryErrorPath, string]>([
    [[], 'the query'],
    [['limit'], 'limit'],
    [['where', 'a'], 'where.a'],
    [['where', '$or', 1, 'a'], 'where.$or[1].a'],
    [['where', 'owner.id', '$gt'], 'where["owner.id"].$gt'],
    [['where', 0, 2], 'where[0][2]'],
    [['where', '0'], 'where.0'],
    [['where', ''], 'where[""]'],
    [['aggregate', 'a b', 'sum'], 'aggregate["a b"].sum'],
    [['include', 'x-y', 'on', 1], 'include.x-y.on[1]'],
    [['where', 'é'], 'where["é"]'],
    [['where', 'a"b'], 'where["a\\"b"]'],
    [['where', 'a\nb'], 'where["a\\nb"]'],
    [['where', '__proto__'], 'where.__proto__'],
  ])('%j is %s', (place, text) => {
    expect(said(place)).toBe(text);
  });
});
