import { describe, expect, test } from 'vitest';
import { createQuickRun } from './compile-regex.js';
import { buildProgram, programSize, type RegexProgram } from './regex-program.js';
import type { RegexNode } from './regex-node.js';
import { createRun } from './run-program.js';
import {
  choice,
  findsPlainly,
  FLAT_TREES,
  LEAVES,
  repeat,
  sequence,
  SMALL_TREES,
  smallTexts,
} from './small-regex.arbitrary.js';

/*
 * Every small expression on every small text, beside the definition. JavaScript's own engine is not the judge here: it finds `\B` between the halves of
 * a character, and reads no tree that was not written.
 */

const TEXTS = smallTexts(3);

describe('QU-10: every small expression finds in every small text what the definition finds', () => {
  test('run state by state, and with what was seen remembered', () => {
    expect(SMALL_TREES.length).toBeGreaterThan(5_000);
    const wrong = SMALL_TREES.flatMap((tree) => {
      const program = buildProgram(tree, false);
      const [run, quick] = [createRun(program), createQuickRun(program)];
      return TEXTS.filter((text) => {
        const finds = findsPlainly(tree, text);
        return run(text) !== finds || quick(text) !== finds;
      }).map((text) => JSON.stringify([tree, text]));
    });
    expect(wrong).toEqual([]);
  });

  test('a run that has found, missed or stopped early begins the next text anew', () => {
    for (const tree of FLAT_TREES) {
      const program = buildProgram(tree, false);
      for (const run of [createRun(program), createQuickRun(program)]) {
        const first = TEXTS.map((text) => run(text));
        expect(TEXTS.map((text) => run(text))).toEqual(first);
      }
    }
  });

  test('the definition itself: what may follow, what may be left out, how often', () => {
    const [a, other, nothing, start, end] = LEAVES as readonly [RegexNode, RegexNode, RegexNode, RegexNode, RegexNode];
    const found = (tree: RegexNode): string[] => smallTexts(2).filter((text) => findsPlainly(tree, text));
    expect(found(sequence(start, a, a, end))).toEqual(['aa']);
    expect(found(sequence(start, repeat(a, 0, 1), end))).toEqual(['', 'a']);
    expect(found(sequence(start, repeat(other, 2, Infinity), end))).toEqual([
      '  ',
      ' \u{1F600}',
      '\u{1F600} ',
      '\u{1F600}\u{1F600}',
    ]);
    expect(found(sequence(start, choice(nothing, sequence(other, a)), end))).toEqual([' a', '\u{1F600}a']);
    expect(found(nothing)).toEqual([]);
  });
});

describe('QU-10: laws of expressions, on every small text', () => {
  const answers = (tree: RegexNode): readonly boolean[] => {
    const run = createQuickRun(buildProgram(tree, false));
    return TEXTS.map((text) => run(text));
  };
  const [a, other, , start, end] = LEAVES as readonly RegexNode[] as readonly [
    RegexNode,
    RegexNode,
    RegexNode,
    RegexNode,
    RegexNode,
  ];
  /** The whole text, so that how much a part takes makes a difference. */
  const wholly = (...parts: readonly RegexNode[]): RegexNode => sequence(start, ...parts, end);

  test.each<[string, (x: RegexNode) => RegexNode, (x: RegexNode) => RegexNode]>([
    ['once is as it is', (x) => repeat(x, 1, 1), (x) => x],
    ['none is nothing', (x) => repeat(x, 0, 0), () => sequence()],
    ['one or none is a choice with nothing', (x) => repeat(x, 0, 1), (x) => choice(x, sequence())],
    ['some are one and then any', (x) => repeat(x, 1, Infinity), (x) => sequence(x, repeat(x, 0, Infinity))],
    ['any of any are any', (x) => repeat(repeat(x, 0, Infinity), 0, Infinity), (x) => repeat(x, 0, Infinity)],
    ['two are one and one', (x) => repeat(x, 2, 2), (x) => sequence(x, x)],
    ['one or two', (x) => repeat(x, 1, 2), (x) => choice(x, sequence(x, x))],
    ['two or more', (x) => repeat(x, 2, Infinity), (x) => sequence(x, repeat(x, 1, Infinity))],
    ['a choice of one thing', (x) => choice(x, x), (x) => x],
    ['a choice in either order', (x) => choice(x, a), (x) => choice(a, x)],
    ['a group', (x) => sequence(x), (x) => x],
    [
      'what comes after a choice comes after each',
      (x) => sequence(choice(x, a), other),
      (x) => choice(sequence(x, other), sequence(a, other)),
    ],
  ])('%s', (_law, one, same) => {
    for (const tree of FLAT_TREES) {
      expect([tree, answers(wholly(one(tree)))]).toEqual([tree, answers(wholly(same(tree)))]);
    }
  });
});

describe('QU-10: the machine of an expression', () => {
  const links = (program: RegexProgram): number[] =>
    program.flatMap((state) =>
      state.type === 'found' ? [] : state.type === 'either' ? [state.next, state.other] : [state.next],
    );

  test('has the states that were foretold, one of them the end, and leads nowhere else', () => {
    const wrong: RegexNode[] = [];
    for (const tree of SMALL_TREES) {
      const program = buildProgram(tree, false);
      const ends = program.filter(({ type }) => type === 'found').length;
      const astray = links(program).filter((to) => !Number.isInteger(to) || to < 0 || to >= program.length);
      if (program.length !== programSize(tree) || ends !== 1 || astray.length > 0) wrong.push(tree);
    }
    expect(wrong).toEqual([]);
  });

  test.each<[string, RegexNode, number]>([
    ['nothing', sequence(), 1],
    ['one character', LEAVES[0]!, 2],
    ['one place', LEAVES[3]!, 2],
    ['two in a row', sequence(LEAVES[0]!, LEAVES[0]!), 3],
    ['one of three', choice(LEAVES[0]!, LEAVES[0]!, LEAVES[0]!), 6],
    ['one or none', repeat(LEAVES[0]!, 0, 1), 3],
    ['any number', repeat(LEAVES[0]!, 0, Infinity), 3],
    ['two or more', repeat(LEAVES[0]!, 2, Infinity), 5],
    ['two to four', repeat(LEAVES[0]!, 2, 4), 7],
    ['none', repeat(LEAVES[0]!, 0, 0), 1],
    ['nothing, a million times', repeat(sequence(), 1_000_000, Infinity), 1],
    ['nothing or nothing, twice', repeat(choice(sequence(), sequence()), 2, 2), 3],
  ])('of %s has its steps and one more', (_what, tree, size) => {
    expect(programSize(tree)).toBe(size);
    expect(buildProgram(tree, false)).toHaveLength(size);
  });

  test('never takes more steps than places times states, whatever the expression', () => {
    for (const tree of FLAT_TREES) {
      const program = buildProgram(tree, false);
      for (const text of TEXTS) {
        let steps = 0;
        createRun(program)(text, () => (steps += 1));
        expect(steps).toBeLessThanOrEqual((Array.from(text).length + 1) * program.length);
        expect(steps).toBeGreaterThan(0);
      }
    }
  });
});
