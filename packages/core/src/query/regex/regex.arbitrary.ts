import * as fc from 'fast-check';

/** Few characters, so that generated patterns and texts meet; some of them betray case folding or half characters. */
const CHARACTERS = ['a', 'b', 'A', 'k', 's', '0', '_', ' ', '-', '\n', 'é', 'É', '\u{1F600}'] as const;

const character = fc.constantFrom(...CHARACTERS);

/** A text for patterns of `regexPattern`; now and then with a letter that only Unicode's folding knows. */
export const regexText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: character }, { weight: 1, arbitrary: fc.constantFrom('ſ', 'K', 'ı', 'ß') }),
    {
      maxLength: 9,
    },
  )
  .map((parts) => parts.join(''));

const escapes = fc.constantFrom(
  ...[
    '\\d',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '\\n',
    '\\t',
    '\\x00',
    '\\x41',
    '\\u0061',
    '\\u{1F600}',
    '\\uD83D\\uDE00',
  ],
  ...['\\.', '\\*', '\\\\', '\\/', '\\cA'],
);

const classItem = fc.oneof(
  character.map((one) => (one === '-' ? '\\-' : one)),
  escapes,
  fc.constantFrom('a-c', 'A-Z', '0-9', '\\b', 'é-ü', '\\x30-\\x39', ' -~'),
);

const characterClass = fc
  .tuple(fc.constantFrom('', '', '^'), fc.array(classItem, { maxLength: 3 }), fc.constantFrom('', '', '-'))
  .map(([negation, items, hyphen]) => `[${negation}${items.join('')}${hyphen}]`);

const quantifier = fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '{1,3}', '*?', '+?', '??', '{1,2}?', '{0}');

/**
 * Patterns of every form that is read, and none that is not. Without `\B`: V8 finds it between the halves of a
 * character, where ECMAScript does not look.
 */
export const regexPattern: fc.Arbitrary<string> = fc.letrec<{ pattern: string; term: string; atom: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: fc.array(tie('term'), { maxLength: 4 }).map((terms) => terms.join('')) },
    { weight: 1, arbitrary: fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('|')) },
  ),
  term: fc.oneof(
    { weight: 5, arbitrary: tie('atom') },
    { weight: 2, arbitrary: fc.tuple(tie('atom'), quantifier).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b') },
  ),
  atom: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: character },
    { weight: 1, arbitrary: fc.constant('.') },
    { weight: 1, arbitrary: escapes },
    { weight: 2, arbitrary: characterClass },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom('(', '(?:'), tie('pattern')).map(([open, inner]) => `${open}${inner})`),
    },
  ),
})).pattern;
