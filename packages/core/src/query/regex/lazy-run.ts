import { hasCodePoint } from './character-set.js';
import type { RegexProgram } from './regex-program.js';
import type { ProgramRun } from './run-program.js';

/** What the machine may be in at one place of a text, and where each character leads from there, as far as was seen. */
interface Situation {
  /** The states that wait for a character, and those for the end of the text. */
  readonly states: readonly number[];
  readonly found: boolean;
  /** Whether it would be found if the text ended here; `null` until that was asked. */
  foundAtEnd: boolean | null;
  readonly ascii: (Situation | undefined)[];
  readonly others: Map<number, Situation>;
}

/** So many are remembered. A pattern that leads to more would only fill memory. */
const MAX_SITUATIONS = 200;

/**
 * Runs a machine as `instead` does, remembering where each character led, so that a text like those before costs a
 * look-up per character. For machines without word edges: there what comes next would decide too. One that leads to
 * too many situations is run by `instead` from then on.
 */
export function createLazyRun(program: RegexProgram, instead: ProgramRun): ProgramRun {
  let situations: Map<string, Situation> | null = new Map();
  let start: Situation | null = null;

  const situationOf = (states: readonly number[], found: boolean): Situation | null => {
    const key = found ? 'found' : states.join(' ');
    const known = situations?.get(key);
    if (known !== undefined) return known;
    if (situations === null || situations.size === MAX_SITUATIONS) {
      situations = null;
      return null;
    }
    const situation = { states, found, foundAtEnd: found ? true : null, ascii: [], others: new Map() };
    situations.set(key, situation);
    return situation;
  };

  const after = (situation: Situation, codePoint: number, count: () => void): Situation | null => {
    const seeds = [0];
    for (const index of situation.states) {
      count();
      const state = program[index]!;
      if (state.type === 'character' && hasCodePoint(state.set, codePoint)) seeds.push(state.next);
    }
    const { waiting, found } = reach(program, seeds, { isStart: false, isEnd: false, count });
    const next = situationOf(waiting, found);
    if (next === null) return null;
    if (codePoint < 0x80) situation.ascii[codePoint] = next;
    else if (situation.others.size < MAX_SITUATIONS) situation.others.set(codePoint, next);
    return next;
  };

  return (text, count = uncounted) => {
    if (situations === null) return instead(text, count);
    if (start === null) {
      const { waiting, found } = reach(program, [0], { isStart: true, isEnd: false, count });
      // Not one of those that are looked up: only here a start passes.
      start = { states: waiting, found, foundAtEnd: null, ascii: [], others: new Map() };
      start.foundAtEnd = reach(program, [0], { isStart: true, isEnd: true, count }).found;
    }
    let situation: Situation = start;
    for (let at = 0; at < text.length;) {
      if (situation.found) return true;
      count();
      const unit = text.charCodeAt(at);
      const codePoint = unit < 0x80 ? unit : (text.codePointAt(at) as number);
      const known = unit < 0x80 ? situation.ascii[unit] : situation.others.get(codePoint);
      const next = known ?? after(situation, codePoint, count);
      if (next === null) return instead(text, count);
      // Waiting for nothing, and nothing new begins either, as after a start that did not fit: the rest is as good as read.
      if (next === situation && next.states.length === 0) break;
      situation = next;
      at += codePoint > 0xffff ? 2 : 1;
    }
    situation.foundAtEnd ??= reach(program, [0, ...situation.states], { isStart: false, isEnd: true, count }).found;
    return situation.foundAtEnd;
  };
}

const uncounted = (): void => {};

interface Place {
  readonly isStart: boolean;
  readonly isEnd: boolean;
  readonly count: () => void;
}

/** The states that can be come to from these without a character; those that wait for something in one order. */
function reach(program: RegexProgram, seeds: readonly number[], { isStart, isEnd, count }: Place) {
  const reached = new Set(seeds);
  const waiting: number[] = [];
  for (const index of reached) {
    count();
    const state = program[index]!;
    switch (state.type) {
      case 'found':
        return { waiting: [], found: true };
      case 'either':
        reached.add(state.next);
        reached.add(state.other);
        break;
      case 'character':
        waiting.push(index);
        break;
      default:
        if (state.place === 'end') {
          if (isEnd) reached.add(state.next);
          else waiting.push(index);
        } else if (state.place === 'start' && isStart) reached.add(state.next);
    }
  }
  return { waiting: waiting.sort((a, b) => a - b), found: false };
}
