/**
 * Text with letter case set aside: two characters fold to the same one when Unicode's simple case folding does
 * that, as in a `RegExp` with the flags `iu`. One character stays one character, so `ß` is not `ss`; accents stay.
 */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

/** The same for one code point. */
export function foldCharacter(character: string): string {
  // Its capital is I, but it folds to itself only: the capital of i in Turkish is another letter.
  if (character === 'ı') return character;
  const capital = single(character, character.toUpperCase());
  return single(capital, capital.toLowerCase());
}

/** What the character was changed to, unless that is several characters. */
function single(character: string, changed: string): string {
  return Array.from(changed).length === 1 ? changed : character;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
