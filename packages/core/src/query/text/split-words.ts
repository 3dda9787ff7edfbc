/** A part of a text, from `start` up to `end`, in code units as `String.slice` counts. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where the words of a text are, in order and without overlaps. */
export type WordSplitter = (text: string) => Iterable<TextRange>;

/** Whatever is neither space, punctuation, a sign of mathematics or money, nor a control character. Emoji are words too. */
const WORD = /[^\p{Z}\p{P}\p{Sm}\p{Sc}\p{Sk}\p{Cc}\p{Cs}]+/gu;
/** Scripts that put no spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Words between spaces and punctuation; where a script has no spaces, as the language's dictionary has them (`Intl.Segmenter`), or
 * character by character where the platform has no dictionary.
 */
export function* splitWords(text: string): Iterable<TextRange> {
  WORD.lastIndex = 0;
  // A text is read to its end before the next one is begun, or not at all.
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    const start = match.index;
    if (UNSPACED.test(word)) yield* segments(word, start);
    else yield { start, end: start + word.length };
  }
}

let segmenter: Intl.Segmenter | null | undefined;

function* segments(word: string, at: number): Iterable<TextRange> {
  // Made at the first such text: it loads a dictionary. Of one locale, so that all devices and the server agree.
  segmenter ??= typeof Intl.Segmenter === 'function' ? new Intl.Segmenter('en', { granularity: 'word' }) : null;
  if (segmenter === null) {
    let start = at;
    for (const character of word) {
      yield { start, end: start + character.length };
      start += character.length;
    }
    return;
  }
  for (const { segment, index } of segmenter.segment(word)) {
    yield { start: at + index, end: at + index + segment.length };
  }
}
