import { err, ok, type Result } from '@topgun/core/primitives';
import { MESSAGE_EVENT } from '@topgun/core/protocol';

/** A value nests 64 levels, a query fewer than 100, with their message around them: nothing of ours comes near. */
export const MAX_NESTING = 256;

/**
 * Whether JSON text nests deeper than so many lists and objects. It makes nothing and stops where it knows, so that what would be taken
 * apart in vain, or overrun a stack where it is looked through, costs a look at its first characters. Text that is no JSON it may judge either way.
 */
export function nestsDeeper(text: string, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        if (depth > levels) return true;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case QUOTE:
        at = endOfString(text, at);
        break;
    }
  }
  return false;
}

/** The message that the text of one Socket.IO event holds, or why it holds none (PT-1). */
export function readEvent(text: string): Result<unknown, string> {
  if (!text.startsWith(EVENT_START)) return err(NO_MESSAGE);
  if (nestsDeeper(text, MAX_NESTING)) return err(`A message nests at most ${MAX_NESTING} levels.`);
  let event: unknown;
  try {
    event = JSON.parse(text.slice(1));
  } catch {
    return err('It is no JSON.');
  }
  const isMessage = Array.isArray(event) && event.length === 2 && event[0] === MESSAGE_EVENT;
  return isMessage ? ok((event as readonly unknown[])[1]) : err(NO_MESSAGE);
}

/** Where the text that begins here ends: at its closing quote, or with all of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}

/** A packet of type EVENT, of the one namespace there is, that asks for no acknowledgement. */
const EVENT_START = '2[';
const NO_MESSAGE = `A message is one argument of the event ${MESSAGE_EVENT}.`;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, QUOTE, BACKSLASH] = [0x5b, 0x5d, 0x7b, 0x7d, 0x22, 0x5c];
