/** Bytes of the UTF-8 encoding of `text`; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair is two units and four bytes: the first unit has just counted three, the second counts one.
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) i += 1;
  }
  return bytes;
}

/** False when the text holds a lone surrogate: such text has no UTF-8 form, so two of them could become one row. */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    // The first half of a pair, or one that stands alone: a look that most text never needs.
    if ((text.charCodeAt(i) & 0xf800) === 0xd800) return !/\p{Surrogate}/u.test(text);
  }
  return true;
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
