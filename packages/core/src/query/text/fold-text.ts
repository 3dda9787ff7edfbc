/** Letters that Unicode does not take apart into a letter and a mark, and that people type without. */
const SPELLED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
  þ: 'th',
};

const SPELLED_LETTERS = /[ßæœøđðłħıςþ]/g;
/** Accents of Latin, Greek and Cyrillic letters, points of Hebrew, vowel signs of Arabic: what readers do without. */
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g;
/** Characters that are not seen: joiners, marks of direction, soft hyphens. */
const UNSEEN = /\p{Cf}/gu;

/**
 * A word as it is looked up: letter case, accents, width and ligatures set aside, so that `Café`, `CAFE` and `ｃａｆé` are one.
 * Signs that make another letter stay: those of Devanagari, Thai and Japanese.
 */
export function foldText(word: string): string {
  if (isPlain(word)) return word.toLowerCase();
  if (isUnmarked(word)) return word;
  return word
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(UNSEEN, '')
    .replace(SPELLED_LETTERS, (letter) => SPELLED[letter] ?? letter)
    .normalize('NFC');
}

/** Chinese characters, kana and syllables of Korean alone, put together as they are: nothing of them is set aside, and they are most words of their languages. */
function isUnmarked(word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    const isOne =
      (code >= 0x4e00 && code <= 0x9fff) ||
      (code >= 0x3041 && code <= 0x3096) ||
      (code >= 0x30a1 && code <= 0x30fa) ||
      code === 0x30fc ||
      (code >= 0xac00 && code <= 0xd7a3);
    if (!isOne) return false;
  }
  return true;
}

function isPlain(word: string): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) > 0x7f) return false;
  return true;
}
