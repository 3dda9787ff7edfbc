/** Whether a text begins with another one, character by character: half of a character is no part of it. */
export function beginsWith(prefix: string): (text: string) => boolean {
  if (!isHigh(prefix, prefix.length - 1)) return (text) => text.startsWith(prefix);
  return (text) => text.startsWith(prefix) && isBetween(text, prefix.length);
}

/** Whether it has the other one somewhere. */
export function hasPart(part: string): (text: string) => boolean {
  if (!isLow(part, 0) && !isHigh(part, part.length - 1)) return (text) => text.includes(part);
  return (text) => {
    for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
      if (isBetween(text, at) && isBetween(text, at + part.length)) return true;
    }
    return false;
  };
}

/** How many units the character has that begins here. */
export const widthAt = (text: string, at: number): number => (isHigh(text, at) && isLow(text, at + 1) ? 2 : 1);

/** Whether one character ends here and the next begins. */
export const isBetween = (text: string, at: number): boolean => !(isHigh(text, at - 1) && isLow(text, at));

const isHigh = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;

const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;
