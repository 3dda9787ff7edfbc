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
 * character by character where the platform has no dictionary. Each is looked for when it is asked for, and several texts may be read side by side.
 */
export function* splitWords(text: string): Iterable<TextRange> {
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    const start = match.index;
    if (!isCharacter(word) && UNSPACED.test(word)) yield* segments(word, start);
    else yield { start, end: start + word.length };
  }
}

/** A character by itself is a word: to ask the segmenter takes ten times as long as to read it. */
const isCharacter = (word: string): boolean =>
  word.length === 1 || (word.length === 2 && (word.codePointAt(0) as number) > 0xffff);

/** Without spaces a text is segmented so many characters at a time: the segmenter takes as long for each word as the text is, seconds for one of 16,384 characters. */
const STRETCH = 256;
/** And so many are longer than a word, so that words end where they would in the text as a whole. */
const UNSURE = 64;

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
  let start = 0;
  while (start < word.length) {
    const stretch = word.slice(start, start + STRETCH);
    // Where a stretch ends within the text, its last words may be parts of longer ones: the next one begins with them.
    const upTo = start + STRETCH < word.length ? STRETCH - UNSURE : STRETCH;
    const begun = start;
    for (const { segment, index } of segmenter.segment(stretch)) {
      if (index >= upTo && start > begun) break;
      yield { start: at + begun + index, end: at + begun + index + segment.length };
      start = begun + index + segment.length;
    }
  }
}
