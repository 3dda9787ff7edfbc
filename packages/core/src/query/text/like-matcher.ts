import { foldCase } from './fold-case.js';
import { readLike, type LikeRun } from './like-pattern.js';
import { isBetween, widthAt } from './part-of-text.js';

/** Whether a text fits. */
export type TextTest = (text: string) => boolean;

/**
 * A test for a `like` pattern. Takes each run of characters where it comes first, which never has to be taken
 * back, so a text costs at most its length times the longest run.
 */
export function compileLike(pattern: string, caseInsensitive: boolean): TextTest {
  const runs = readLike(caseInsensitive ? foldCase(pattern) : pattern);
  if (runs === null) throw new Error(`a query holds a broken pattern: ${JSON.stringify(pattern)}`);
  // Only half of a character, which is no part of a whole one, has to be told from it: to look each time takes a tenth longer.
  const hasHalf = /\p{Cs}/u.test(pattern);
  const fits = runs.length === 1 ? wholly(runs[0] as LikeRun, hasHalf) : inOrder(runs, hasHalf);
  return caseInsensitive ? (text) => fits(foldCase(text)) : fits;
}

function wholly(run: LikeRun, hasHalf: boolean): TextTest {
  return (text) => endOfRun(text, 0, run, hasHalf) === text.length;
}

function inOrder(runs: readonly LikeRun[], hasHalf: boolean): TextTest {
  const first = runs[0] as LikeRun;
  const last = runs[runs.length - 1] as LikeRun;
  const between = runs.slice(1, -1);
  return (text) => {
    let at = endOfRun(text, 0, first, hasHalf);
    for (const run of between) {
      if (at === -1) return false;
      at = endOfNext(text, at, run, hasHalf);
    }
    if (at === -1) return false;
    const start = back(text, last.length);
    return start >= at && endOfRun(text, start, last, hasHalf) === text.length;
  };
}

/** Where the run ends that begins here; -1 when it does not. */
function endOfRun(text: string, start: number, run: LikeRun, hasHalf: boolean): number {
  let at = start;
  for (const character of run) {
    if (at >= text.length) return -1;
    if (character === null) at += widthAt(text, at);
    else if (text.startsWith(character, at) && (!hasHalf || widthAt(text, at) === character.length))
      at += character.length;
    else return -1;
  }
  return at;
}

/** Where the run ends that begins first from here on. */
function endOfNext(text: string, from: number, run: LikeRun, hasHalf: boolean): number {
  for (let start = from; start <= text.length; start += widthAt(text, start)) {
    const end = endOfRun(text, start, run, hasHalf);
    if (end !== -1) return end;
  }
  return -1;
}

/** Where the last characters of the text begin, this many; -1 when it has fewer. */
function back(text: string, characters: number): number {
  let at = text.length;
  for (let i = 0; i < characters; i += 1) {
    if (at === 0) return -1;
    at -= isBetween(text, at - 1) ? 1 : 2;
  }
  return at;
}
