import { assertNever } from '../../primitives/index.js';
import { foldedSet, type CharacterSet } from './character-set.js';
import type { RegexNode, RegexPlace } from './regex-node.js';

/** One state of a machine that reads a text. Those it may go on to, by index. */
export type RegexState =
  | { readonly type: 'character'; readonly set: CharacterSet; next: number }
  | { readonly type: 'either'; next: number; other: number }
  | { readonly type: 'place'; readonly place: RegexPlace; next: number }
  | { readonly type: 'found' };

/** The states; it starts in the first one. */
export type RegexProgram = readonly RegexState[];

/** How many states `buildProgram` would make, `found` included. */
export function programSize(node: RegexNode): number {
  return statesOf(node) + 1;
}

function statesOf(node: RegexNode): number {
  switch (node.type) {
    case 'characters':
    case 'place':
      return 1;
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + statesOf(part), 0);
    case 'choice':
      return node.parts.reduce((sum, part) => sum + statesOf(part) + 1, -1);
    case 'repeat': {
      const { min, max } = node;
      const one = statesOf(node.part);
      // Of nothing, however often, there is nothing: without this, infinity times zero.
      if (one === 0) return 0;
      return max === Infinity ? min * one + one + 1 : min * one + (max - min) * (one + 1);
    }
    default:
      return assertNever(node);
  }
}

/** Makes the machine, from its end to its start: each part is made knowing what comes after it. */
export function buildProgram(node: RegexNode, caseInsensitive: boolean): RegexProgram {
  const states: RegexState[] = [];
  const add = (state: RegexState): number => states.push(state) - 1;

  const build = (part: RegexNode, next: number): number => {
    switch (part.type) {
      case 'characters':
        return add({ type: 'character', set: caseInsensitive ? foldedSet(part.set) : part.set, next });
      case 'place':
        return add({ type: 'place', place: part.place, next });
      case 'sequence':
        return part.parts.reduceRight((after, one) => build(one, after), next);
      case 'choice':
        return part.parts
          .map((one) => build(one, next))
          .reduceRight((other, start) => add({ type: 'either', next: start, other }));
      case 'repeat':
        return statesOf(part.part) === 0 ? next : buildRepeat(part, next);
      default:
        return assertNever(part);
    }
  };

  const buildRepeat = ({ part, min, max }: RegexNode & { readonly type: 'repeat' }, next: number): number => {
    let start = next;
    if (max === Infinity) {
      const loop: RegexState = { type: 'either', next, other: next };
      start = add(loop);
      loop.next = build(part, start);
    } else for (let i = min; i < max; i += 1) start = add({ type: 'either', next: build(part, start), other: next });
    for (let i = 0; i < min; i += 1) start = build(part, start);
    return start;
  };

  const start = build(node, add({ type: 'found' }));
  return fromStart(states, start);
}

/** The same machine with its first state at index 0. */
function fromStart(states: readonly RegexState[], start: number): RegexProgram {
  const moved = (index: number): number => (index === start ? 0 : index === 0 ? start : index);
  const program = states.map((_, index) => states[moved(index)] as RegexState);
  for (const state of program) {
    if (state.type !== 'found') state.next = moved(state.next);
    if (state.type === 'either') state.other = moved(state.other);
  }
  return program;
}
