import { describe, expect, test } from 'vitest';
import { createQuickRun } from './compile-regex.js';
import { createLazyRun } from './lazy-run.js';
import { parseRegex } from './parse-regex.js';
import { buildProgram, type RegexProgram } from './regex-program.js';
import { createRun } from './run-program.js';

const programOf = (pattern: string): RegexProgram => {
  const node = parseRegex(pattern, false);
  if (!node.ok) throw new Error(node.error.reason);
  return buildProgram(node.value, false);
};

/** A run that remembers, and how often it has handed a text on to the one that does not. */
function watched(pattern: string) {
  const program = programOf(pattern);
  const plain = createRun(program);
  let handedOn = 0;
  const run = createLazyRun(program, (text, count) => {
    handedOn += 1;
    return plain(text, count);
  });
  const stepsOf = (text: string): number => {
    let steps = 0;
    run(text, () => (steps += 1));
    return steps;
  };
  return { run, stepsOf, handedOn: () => handedOn };
}

/** Texts of two letters, of which each next one is another number. */
const numbered = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    i.toString(2).padStart(length, '0').replaceAll('0', 'a').replaceAll('1', 'b'),
  );

describe('QU-10: an expression remembers where characters lead', () => {
  test.each(['abc', '(a+)+$', '^a*b', '[^a]$', 'a|b|c', '^(?:ab)*$', '$', ''])(
    '%j: a text that was seen costs a step a character, and is never handed on',
    (pattern) => {
      const { stepsOf, handedOn } = watched(pattern);
      for (const text of ['', 'a', 'abc', 'aaaaaaaaab', 'cba\u{1F600}\u{1F600}é']) {
        stepsOf(text);
        expect([text, stepsOf(text)]).toEqual([text, expect.any(Number)]);
        expect(stepsOf(text)).toBeLessThanOrEqual(Array.from(text).length);
      }
      expect(handedOn()).toBe(0);
    },
  );

  test('what is found or cannot be found any more is not read to its end', () => {
    const { stepsOf } = watched('^ab');
    for (const text of [`ab${'x'.repeat(1_000)}`, `x${'ab'.repeat(500)}`]) {
      stepsOf(text);
      expect(stepsOf(text)).toBeLessThan(5);
    }
    // What may yet begin is read on for.
    const anywhere = watched('ab');
    const text = `${'x'.repeat(1_000)}ab`;
    anywhere.stepsOf(text);
    expect(anywhere.stepsOf(text)).toBe(1_002);
  });

  test('the start and the end of a text are asked about where they are, not where they were', () => {
    const { run } = watched('^a|b$');
    const found = ['a', 'ax', 'xa', 'b', 'xb', 'bx', '', 'xab', 'aa', 'bb', 'xbx'].filter((text) => run(text));
    expect(found).toEqual(['a', 'ax', 'b', 'xb', 'xab', 'aa', 'bb']);
    const whole = watched('^$|^a$');
    expect(['', 'a', 'aa', '', 'a'].map((text) => whole.run(text))).toEqual([true, true, false, true, true]);
  });

  test('more situations than it remembers are handed on, the text begun anew, and every text after it', () => {
    // Which of the last nine letters were an `a` is a situation each.
    const pattern = '^(?:a|b)*a(?:a|b){8}$';
    const { run, handedOn } = watched(pattern);
    const texts = numbered(1_024, 10);
    expect(texts.filter((text) => run(text) !== new RegExp(pattern, 'u').test(text))).toEqual([]);
    const after = handedOn();
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(1_024);
    for (const text of texts.slice(0, 10)) run(text);
    expect(handedOn()).toBe(after + 10);
    expect(run('')).toBe(false);
  });

  test('as many characters beyond ASCII as there are lead where they lead, remembered or not', () => {
    const { run, handedOn } = watched('^[à-ÿ]+$|日.本$');
    const letters = Array.from({ length: 0x300 }, (_, i) => String.fromCodePoint(0x80 + i));
    for (const round of [1, 2]) {
      const found = letters.filter((letter) => run(letter) && run(letter + letter));
      expect([round, found]).toEqual([round, letters.filter((letter) => /^[à-ÿ]$/u.test(letter))]);
      expect(letters.every((letter) => run(`日${letter}本`))).toBe(true);
    }
    expect(handedOn()).toBe(0);
  });

  test('where what comes next decides, nothing is remembered', () => {
    for (const [pattern, remembers] of [
      ['a\\b', false],
      ['\\Ba', false],
      ['(?:a|\\bb)c', false],
      ['^a$', true],
      ['a', true],
    ] as const) {
      const program = programOf(pattern);
      const run = createQuickRun(program);
      const steps = (text: string): number => {
        let count = 0;
        run(text, () => (count += 1));
        return count;
      };
      const [first, second] = [steps('b b b b'), steps('b b b b')];
      expect([pattern, second < first]).toEqual([pattern, remembers]);
    }
  });
});

describe('QU-10: a machine that was made by hand', () => {
  const letter = (character: string, next: number) => {
    const point = character.codePointAt(0)!;
    return { type: 'character', set: { ranges: [[point, point]], negated: false }, next } as const;
  };
  const machines: readonly (readonly [string, RegexProgram, readonly string[]])[] = [
    ['the end at once', [{ type: 'found' }], ['', 'a', 'b', 'ab']],
    [
      'a circle of choices that leads nowhere',
      [
        { type: 'either', next: 1, other: 1 },
        { type: 'either', next: 0, other: 0 },
      ],
      [],
    ],
    [
      'a circle of choices with a way out',
      [{ type: 'either', next: 1, other: 2 }, { type: 'either', next: 0, other: 1 }, letter('b', 3), { type: 'found' }],
      ['b', 'ab'],
    ],
    ['both ways the same', [{ type: 'either', next: 1, other: 1 }, letter('a', 2), { type: 'found' }], ['a', 'ab']],
    [
      'an end that comes late in the list of states, and one that is never come to',
      [
        { type: 'either', next: 3, other: 1 },
        letter('a', 2),
        letter('b', 4),
        letter('c', 4),
        { type: 'found' },
        { type: 'found' },
      ],
      ['ab'],
    ],
  ];

  test.each(machines)('%s', (_what, program, found) => {
    const texts = ['', 'a', 'b', 'ab'];
    for (const run of [createRun(program), createLazyRun(program, createRun(program))]) {
      expect(texts.filter((text) => run(text))).toEqual(found);
      expect(texts.toReversed().filter((text) => run(text))).toEqual(found.toReversed());
    }
  });
});
