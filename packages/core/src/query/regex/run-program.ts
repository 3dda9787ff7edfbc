import { hasCodePoint, WORD } from './character-set.js';
import type { RegexPlace } from './regex-node.js';
import type { RegexProgram } from './regex-program.js';

/** Whether the machine finds what it looks for anywhere in the text. `count` is told of each step. */
export type ProgramRun = (text: string, count?: () => void) => boolean;

/**
 * Runs the machine in all the states at once that it could be in, each at most once at each place: never more steps
 * than characters (and one) times states.
 */
export function createRun(program: RegexProgram): ProgramRun {
  const sets = [new StateSet(program.length), new StateSet(program.length)] as const;
  return (text, count = uncounted) => run(program, text, count, ...sets);
}

function run(program: RegexProgram, text: string, count: () => void, ...sets: readonly [StateSet, StateSet]): boolean {
  let [states, following] = sets;
  states.clear();
  following.clear();
  let before = -1;
  for (let at = 0; ; at += width(before)) {
    const after = text.codePointAt(at) ?? -1;
    // A match may begin anywhere.
    states.add(0);
    for (let i = 0; i < states.size; i += 1) {
      count();
      const state = program[states.at(i)]!;
      switch (state.type) {
        case 'found':
          return true;
        case 'either':
          states.add(state.next);
          states.add(state.other);
          break;
        case 'place':
          if (isAt(state.place, before, after)) states.add(state.next);
          break;
        default:
          if (after !== -1 && hasCodePoint(state.set, after)) following.add(state.next);
      }
    }
    if (after === -1) return false;
    [states, following] = [following, states];
    following.clear();
    before = after;
  }
}

const uncounted = (): void => {};

const width = (codePoint: number): number => (codePoint > 0xffff ? 2 : 1);

function isAt(place: RegexPlace, before: number, after: number): boolean {
  switch (place) {
    case 'start':
      return before === -1;
    case 'end':
      return after === -1;
    default:
      return (isWord(before) !== isWord(after)) === (place === 'word-edge');
  }
}

const isWord = (codePoint: number): boolean => hasCodePoint(WORD_SET, codePoint);

const WORD_SET = { ranges: WORD, negated: false };

/** States in the order they were added, each once. Emptying it costs nothing. */
class StateSet {
  readonly #list: Uint16Array;
  readonly #placeOf: Uint16Array;
  size = 0;

  constructor(capacity: number) {
    this.#list = new Uint16Array(capacity);
    this.#placeOf = new Uint16Array(capacity);
  }

  at(index: number): number {
    return this.#list[index]!;
  }

  add(state: number): void {
    const place = this.#placeOf[state]!;
    if (place < this.size && this.#list[place] === state) return;
    this.#placeOf[state] = this.size;
    this.#list[this.size] = state;
    this.size += 1;
  }

  clear(): void {
    this.size = 0;
  }
}
