import type { SearchedTexts } from './searched-texts.js';

/** Tells texts apart: 64 bits, and no secret of any kind. An index holds it in place of the texts. */
export function textSignature(texts: SearchedTexts): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  const take = (unit: number): void => {
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 13;
  };
  for (const text of texts) {
    // Where one text ends and the next begins counts, and so does whether there is one.
    take(text === undefined ? 0x10001 : 0x10000);
    if (text !== undefined) for (let i = 0; i < text.length; i++) take(text.charCodeAt(i));
  }
  return (low >>> 0).toString(36) + (high >>> 0).toString(36).padStart(7, '0');
}
