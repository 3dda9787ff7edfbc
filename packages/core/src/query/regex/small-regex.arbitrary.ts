import { setOf, type CharacterSet } from './character-set.js';
import type { RegexNode, RegexPlace } from './regex-node.js';

/**
 * What a tree means, by ECMA-262's definition and with no regard for cost: the places at which a match of it may end that begins at `from`. Places
 * lie between code points. Which way comes first means nothing here, so a set says all.
 */
export function endsOf(node: RegexNode, text: readonly number[], from: number): ReadonlySet<number> {
  switch (node.type) {
    case 'characters':
      return new Set(from < text.length && isIn(node.set, text[from]!) ? [from + 1] : []);
    case 'place':
      return new Set(isPlace(node.place, text, from) ? [from] : []);
    case 'choice':
      return new Set(node.parts.flatMap((part) => [...endsOf(part, text, from)]));
    case 'sequence':
      return node.parts.reduce((ends: ReadonlySet<number>, part) => thenEnds(part, text, ends), new Set([from]));
    case 'repeat': {
      let ends: ReadonlySet<number> = new Set([from]);
      for (let i = 0; i < node.min; i += 1) ends = thenEnds(node.part, text, ends);
      const all = new Set(ends);
      // No more rounds than places: by then each has been come to that can be.
      for (let i = node.min; i < Math.min(node.max, node.min + text.length + 1); i += 1) {
        ends = thenEnds(node.part, text, ends);
        for (const end of ends) all.add(end);
      }
      return all;
    }
  }
}

/** Whether some part of the text fits. */
export function findsPlainly(node: RegexNode, text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) as number);
  return [...points, -1].some((_, from) => endsOf(node, points, from).size > 0);
}

const thenEnds = (part: RegexNode, text: readonly number[], ends: ReadonlySet<number>): ReadonlySet<number> =>
  new Set([...ends].flatMap((end) => [...endsOf(part, text, end)]));

const isIn = ({ ranges, negated }: CharacterSet, point: number): boolean =>
  ranges.some(([first, last]) => first <= point && point <= last) !== negated;

function isPlace(place: RegexPlace, text: readonly number[], at: number): boolean {
  if (place === 'start') return at === 0;
  if (place === 'end') return at === text.length;
  const isWord = (point: number | undefined): boolean => point !== undefined && /\w/.test(String.fromCodePoint(point));
  return (isWord(text[at - 1]) === isWord(text[at])) === (place === 'not-word-edge');
}

const characters = (text: string, negated = false): RegexNode => ({
  type: 'characters',
  set: setOf(
    Array.from(text, (one) => [one.codePointAt(0)!, one.codePointAt(0)!] as const),
    negated,
  ),
});
const place = (of: RegexPlace): RegexNode => ({ type: 'place', place: of });

export const sequence = (...parts: readonly RegexNode[]): RegexNode => ({ type: 'sequence', parts });
export const choice = (...parts: readonly RegexNode[]): RegexNode => ({ type: 'choice', parts });
export const repeat = (part: RegexNode, min: number, max: number): RegexNode => ({ type: 'repeat', part, min, max });

/** One of each kind that has no parts but itself, a set of nothing and a sequence of nothing among them. */
export const LEAVES: readonly RegexNode[] = [
  characters('a'),
  characters('a', true),
  characters(''),
  place('start'),
  place('end'),
  place('word-edge'),
  place('not-word-edge'),
  sequence(),
];

const COUNTS: readonly (readonly [number, number])[] = [
  [0, Infinity],
  [1, Infinity],
  [0, 1],
  [2, 2],
  [1, 2],
  [0, 0],
];

const repeats = (parts: readonly RegexNode[]): RegexNode[] =>
  parts.flatMap((part) => COUNTS.map(([min, max]) => repeat(part, min, max)));
const pairs = (
  ones: readonly RegexNode[],
  others: readonly RegexNode[],
  join: (one: RegexNode, other: RegexNode) => RegexNode,
): RegexNode[] => ones.flatMap((one) => others.map((other) => join(one, other)));

/** Every tree of at most one step that joins or repeats. */
export const FLAT_TREES: readonly RegexNode[] = [
  ...LEAVES,
  ...repeats(LEAVES),
  ...pairs(LEAVES, LEAVES, sequence),
  ...pairs(LEAVES, LEAVES, choice),
];

/** Every tree of two such steps of which one is about a leaf. */
export const SMALL_TREES: readonly RegexNode[] = [
  ...FLAT_TREES,
  ...repeats(FLAT_TREES),
  ...pairs(FLAT_TREES, LEAVES, sequence),
  ...pairs(LEAVES, FLAT_TREES, sequence),
  ...pairs(FLAT_TREES, LEAVES, choice),
];

/** Every text of at most so many of these characters: one of words, one that is not, and one of two halves. */
export function smallTexts(length: number): string[] {
  const all = [''];
  let last = all.slice();
  for (let i = 0; i < length; i += 1) {
    last = last.flatMap((text) => ['a', ' ', '\u{1F600}'].map((character) => text + character));
    all.push(...last);
  }
  return all;
}
