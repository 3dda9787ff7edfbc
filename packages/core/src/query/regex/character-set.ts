import { foldCharacter } from '../text/fold-case.js';

/** Code points from `first` to `last`, both included. */
export type CodePointRange = readonly [first: number, last: number];

/** Code points: those of the ranges, which are in order and apart, or all others. */
export interface CharacterSet {
  readonly ranges: readonly CodePointRange[];
  readonly negated: boolean;
}

export const MAX_CODE_POINT = 0x10ffff;

export const DIGITS: readonly CodePointRange[] = [[0x30, 0x39]];

export const WORD: readonly CodePointRange[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** Of other case than an ASCII letter, though not ASCII: long s and the Kelvin sign. */
export const FOLDED_WORD: readonly CodePointRange[] = [...WORD, [0x17f, 0x17f], [0x212a, 0x212a]];

export const SPACES: readonly CodePointRange[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** What a dot does not match. */
export const LINE_ENDS: readonly CodePointRange[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** The set of these ranges, which may overlap and be in any order. */
export function setOf(ranges: readonly CodePointRange[], negated = false): CharacterSet {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return { ranges: merged, negated };
}

/** The ranges of all other code points. */
export function otherThan(ranges: readonly CodePointRange[]): CodePointRange[] {
  const others: CodePointRange[] = [];
  let next = 0;
  for (const [first, last] of setOf(ranges).ranges) {
    if (first > next) others.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= MAX_CODE_POINT) others.push([next, MAX_CODE_POINT]);
  return others;
}

export function hasCodePoint({ ranges, negated }: CharacterSet, codePoint: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as CodePointRange)[1] < codePoint) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return (range !== undefined && range[0] <= codePoint) !== negated;
}

/** The set to ask about folded characters: it has the folded form of each of its ranges' characters too. */
export function foldedSet({ ranges, negated }: CharacterSet): CharacterSet {
  const folded: CodePointRange[] = [...ranges];
  const within: CharacterSet = { ranges, negated: false };
  for (const [codePoint, form] of foldedForms()) if (hasCodePoint(within, codePoint)) folded.push([form, form]);
  return setOf(folded, negated);
}

/** Past the last letter that has two cases. */
const CASED_END = 0x1f000;

let forms: readonly (readonly [codePoint: number, form: number])[] | null = null;

/** Every code point that folds to another one. Found when first asked for. */
function foldedForms(): readonly (readonly [codePoint: number, form: number])[] {
  forms ??= findFoldedForms();
  return forms;
}

function findFoldedForms(): [number, number][] {
  const found: [number, number][] = [];
  for (let codePoint = 0; codePoint < CASED_END; codePoint += 1) {
    const form = foldCharacter(String.fromCodePoint(codePoint)).codePointAt(0) as number;
    if (form !== codePoint) found.push([codePoint, form]);
  }
  return found;
}
