import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldCase, foldCharacter } from './fold-case.js';

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
const folds = (a: string, b: string): boolean => new RegExp(`^${escaped(a)}$`, 'iu').test(b);

describe('QU-9: letter case set aside', () => {
  test.each([
    ['', ''],
    ['Straße', 'straße'],
    ['ΣΑΣ', 'σασ'],
    ['σας', 'σασ'],
    ['ÉCOLE', 'école'],
    ['İI', 'İi'],
    ['ıi', 'ıi'],
    ['ſK', 'sk'],
    ['\u{10400}\u{1F600}', '\u{10428}\u{1F600}'],
    ['ﬀ', 'ﬀ'],
  ])('%s folds to %s', (text, folded) => {
    expect(foldCase(text)).toBe(folded);
    expect(foldCase(folded)).toBe(folded);
  });

  test('is what the flags iu of a RegExp do: for every letter, its capital and its small form', () => {
    const wrong: string[] = [];
    for (let point = 0; point < 0x1f000; point += 1) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const character = String.fromCodePoint(point);
      const folded = foldCharacter(character);
      if (folded !== character && !folds(character, folded)) wrong.push(character);
      for (const other of [character.toUpperCase(), character.toLowerCase()]) {
        if (other === character || Array.from(other).length !== 1) continue;
        if ((foldCharacter(other) === folded) !== folds(character, other)) wrong.push(character);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('character by character: none is gained or lost, and folding again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(foldCase(a + b)).toBe(foldCase(a) + foldCase(b));
        expect(Array.from(foldCase(a))).toHaveLength(Array.from(a).length);
        expect(foldCase(foldCase(a))).toBe(foldCase(a));
      }),
    );
  });
});
