import { foldText } from './fold-text.js';
import { splitWords } from './split-words.js';

/** Of one record so many characters are read for words: what looking at it costs is bounded by that. */
export const WORDS_TEXT_LENGTH = 16_384;
/** Characters of a word that count. */
export const TERM_LENGTH = 64;

/** The terms of a text in order, as often as they occur: its words without letter case, accents and the like (SE-2). */
export function textTerms(text: string): string[] {
  return asciiTerms(text) ?? [...foldedTerms(text)];
}

/** The same one by one, for whoever stops in between: each is read when it is asked for. Those of ASCII, which cost a tenth, are read at once. */
export function eachTerm(text: string): Iterable<string> {
  return asciiTerms(text) ?? foldedTerms(text);
}

function* foldedTerms(text: string): Generator<string> {
  for (const { start, end } of splitWords(text)) {
    const term = cutTerm(foldText(text.slice(start, end)));
    if (term !== '') yield term;
  }
}

export const cutTerm = (term: string): string => (term.length > TERM_LENGTH ? term.slice(0, TERM_LENGTH) : term);

/** The same for texts of ASCII alone, where words are letters and digits; `null` for others. Most texts are read ten times as fast so. */
function asciiTerms(text: string): string[] | null {
  const terms: string[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : SPACE;
    if (code > 0x7f) return null;
    if (isLetterOrDigit(code)) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      terms.push(text.slice(start, Math.min(i, start + TERM_LENGTH)).toLowerCase());
      start = -1;
    }
  }
  return terms;
}

const SPACE = 0x20;

function isLetterOrDigit(code: number): boolean {
  // With the bit of small letters set, capitals fall into their range.
  const small = code | 0x20;
  return (small >= 0x61 && small <= 0x7a) || (code >= 0x30 && code <= 0x39);
}
