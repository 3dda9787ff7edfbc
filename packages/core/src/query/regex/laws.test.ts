import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCodePoint } from './character-set.js';
import { compileRegex, createQuickRun } from './compile-regex.js';
import { parseRegex } from './parse-regex.js';
import type { RegexNode, RegexPlace } from './regex-node.js';
import { buildProgram, programSize } from './regex-program.js';
import { regexPattern, regexText } from './regex.arbitrary.js';
import { choice, FLAT_TREES, LEAVES, repeat, sequence, SMALL_TREES, smallTexts } from './small-regex.arbitrary.js';

/*
 * Laws of QU-10 that name no other engine: an expression and its mirror image, one that counts and one that is written out, one with more around it,
 * and what a text is that is taken as it stands.
 */

const TEXTS = smallTexts(3);
const answers = (tree: RegexNode, texts: readonly string[] = TEXTS): string => {
  const run = createQuickRun(buildProgram(tree, false));
  return texts.map((text) => (run(text) ? 1 : 0)).join('');
};
const backwards = (text: string): string => Array.from(text).toReversed().join('');

const MIRRORED: Readonly<Record<RegexPlace, RegexPlace>> = {
  start: 'end',
  end: 'start',
  'word-edge': 'word-edge',
  'not-word-edge': 'not-word-edge',
};

/** The expression that finds in a text read backwards what the other one finds in the text. */
function mirrored(node: RegexNode): RegexNode {
  switch (node.type) {
    case 'characters':
      return node;
    case 'place':
      return { type: 'place', place: MIRRORED[node.place] };
    case 'repeat':
      return { ...node, part: mirrored(node.part) };
    case 'choice':
      return { ...node, parts: node.parts.map(mirrored) };
    case 'sequence':
      return { ...node, parts: node.parts.toReversed().map(mirrored) };
  }
}

const treeOf = (pattern: string, caseInsensitive = false): RegexNode => {
  const node = parseRegex(pattern, caseInsensitive);
  if (!node.ok) throw new Error(node.error.reason);
  return node.value;
};

describe('QU-10: the mirror image of an expression', () => {
  test('finds in every small text, read backwards, what the expression finds', () => {
    const reversed = TEXTS.map(backwards);
    const wrong = SMALL_TREES.filter((tree) => answers(tree) !== answers(mirrored(tree), reversed));
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('so do those of any pattern, in any text', () => {
    let found = 0;
    fc.assert(
      fc.property(regexPattern, fc.array(regexText, { maxLength: 4 }), (pattern, texts) => {
        const tree = treeOf(pattern);
        const there = answers(tree, texts);
        found += Number(there.includes('1'));
        expect(answers(mirrored(tree), texts.map(backwards))).toBe(there);
        expect(programSize(mirrored(tree))).toBe(programSize(tree));
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(100);
  });
});

describe('QU-10: a count is what it says, written out', () => {
  /** So many in a row, and then up to so many more, each only after the one before. */
  function writtenOut(part: RegexNode, min: number, max: number): RegexNode {
    let more: RegexNode = sequence();
    for (let i = min; i < max; i += 1) more = choice(sequence(part, more), sequence());
    return sequence(...Array.from({ length: min }, () => part), more);
  }

  test.each([
    [0, 0],
    [0, 1],
    [0, 3],
    [1, 1],
    [1, 2],
    [2, 2],
    [2, 4],
    [3, 3],
  ])('from %i to %i, in what it finds and in how long it is', (min, max) => {
    for (const part of FLAT_TREES) {
      const [counted, written] = [repeat(part, min, max), writtenOut(part, min, max)];
      const whole = [counted, written].map((tree) => sequence(LEAVES[3]!, tree, LEAVES[4]!));
      expect([part, answers(whole[0]!)]).toEqual([part, answers(whole[1]!)]);
      // What is nothing however often is left out, where it is counted.
      if (programSize(part) > 1) expect([part, programSize(counted)]).toEqual([part, programSize(written)]);
      else expect(programSize(counted)).toBe(1);
    }
  });

  test('of more than there are characters is what it is of as many', () => {
    for (const part of FLAT_TREES) {
      const wholly = (max: number): string => answers(sequence(LEAVES[3]!, repeat(part, 0, max), LEAVES[4]!));
      expect([part, wholly(9)]).toEqual([part, wholly(Infinity)]);
      expect([part, wholly(3)]).toEqual([part, wholly(Infinity)]);
    }
  });
});

describe('QU-10: patterns beside each other, and texts with more around them', () => {
  const texts = fc.array(regexText, { maxLength: 4 });
  const finds = (pattern: string, text: string, ci = false): boolean => compileRegex(pattern, ci)(text);

  test('one or the other is found where one is, or the other', () => {
    fc.assert(
      fc.property(regexPattern, regexPattern, texts, fc.boolean(), (one, other, list, ci) => {
        const [both, first, second] = [`${one}|${other}`, one, other].map((pattern) => compileRegex(pattern, ci));
        for (const text of list) expect([text, both!(text)]).toEqual([text, first!(text) || second!(text)]);
      }),
      { numRuns: 400 },
    );
  });

  test('a group, named or not, and around it a group, is what is in it', () => {
    fc.assert(
      fc.property(regexPattern, texts, fc.boolean(), (pattern, list, ci) => {
        const plain = compileRegex(pattern, ci);
        for (const grouped of [`(?:${pattern})`, `(${pattern})`, `(?<x>(?:${pattern}))`, `(?:${pattern}){1}`]) {
          const inGroup = compileRegex(grouped, ci);
          for (const text of list) expect([grouped, text, inGroup(text)]).toEqual([grouped, text, plain(text)]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('what names no place is found in more when it is found in less', () => {
    const placeless = regexPattern.filter((pattern) => !/[$^]|\\b/.test(pattern.replaceAll('[^', '')));
    let found = 0;
    fc.assert(
      fc.property(placeless, regexText, regexText, regexText, (pattern, before, text, after) => {
        if (!finds(pattern, text)) return;
        found += 1;
        expect(finds(pattern, before + text + after)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(found).toBeGreaterThan(200);
  });

  test('with a start or an end it is found where it is found at all, and not only there', () => {
    fc.assert(
      fc.property(regexPattern, texts, (pattern, list) => {
        for (const text of list) {
          const anywhere = finds(pattern, text);
          if (finds(`^(?:${pattern})`, text) || finds(`(?:${pattern})$`, text))
            expect([text, anywhere]).toEqual([text, true]);
          // From some place on, it is found at the start.
          const characters = Array.from(text);
          if (/\\b|\^/.test(pattern)) continue;
          const somewhere = [...characters, ''].some((_, i) => finds(`^(?:${pattern})`, characters.slice(i).join('')));
          expect([text, somewhere]).toEqual([text, anywhere]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('letter case aside, a text is found as any other of its cases is', () => {
    fc.assert(
      fc.property(regexPattern, texts, (pattern, list) => {
        const found = compileRegex(pattern, true);
        for (const text of list) {
          const other = text.replace(/[a-zé]/g, (letter) => letter.toUpperCase());
          expect([text, found(other)]).toEqual([text, found(text)]);
          // With case aside more is found, unless a class leaves something out.
          if (!/\[\^|\\[DSWbB]/.test(pattern) && finds(pattern, text))
            expect([text, found(text)]).toEqual([text, true]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('QU-10: a text taken as it stands', () => {
  const signs = fc.constantFrom(...'ab.*+?^$()[]{}|\\/-,1 '.split(''), '\n', 'é', '\u{1F600}', '日');
  const plainText = fc.array(signs, { maxLength: 6 }).map((list) => list.join(''));
  const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

  test('is found where it is a part, at the start where the other begins so, at the end where it ends so', () => {
    let found = 0;
    fc.assert(
      fc.property(plainText, plainText, plainText, (part, before, after) => {
        const pattern = escaped(part);
        for (const text of [before + part + after, before + after, part, part + before, before + part]) {
          found += Number(text.includes(part));
          expect(compileRegex(pattern, false)(text)).toBe(text.includes(part));
          expect(compileRegex(`^${pattern}`, false)(text)).toBe(text.startsWith(part));
          expect(compileRegex(`${pattern}$`, false)(text)).toBe(text.endsWith(part));
          expect(compileRegex(`^${pattern}$`, false)(text)).toBe(text === part);
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(500);
  });

  test('is one character after the other, each of which its class has and no other', () => {
    fc.assert(
      fc.property(plainText, plainText, (text, other) => {
        const tree = treeOf(escaped(text));
        const parts = tree.type === 'sequence' ? tree.parts : [tree];
        expect(parts).toHaveLength(Array.from(text).length);
        for (const [i, character] of Array.from(text).entries()) {
          const part = parts[i];
          if (part?.type !== 'characters') throw new Error('a character is no character');
          for (const one of Array.from(other + character)) {
            expect([character, one, hasCodePoint(part.set, one.codePointAt(0)!)]).toEqual([
              character,
              one,
              one === character,
            ]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
