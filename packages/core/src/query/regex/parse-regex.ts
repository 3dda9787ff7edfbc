import { err, ok, type Result } from '../../primitives/index.js';
import { readClass, readEscapedSet } from './parse-class.js';
import { LINE_ENDS, setOf } from './character-set.js';
import { PatternReader } from './pattern-reader.js';
import type { RegexError, RegexNode } from './regex-node.js';

/**
 * Reads a regular expression of JavaScript's grammar with the flag `u`, without what has to be tried in many ways:
 * no look-around and no back references. `\p{…}` is not read either. Groups only group, and lazy repeats are repeats,
 * for all that is asked is whether there is a match.
 */
export function parseRegex(pattern: string, caseInsensitive: boolean): Result<RegexNode, RegexError> {
  const reader = new PatternReader(pattern, caseInsensitive);
  const node = readChoice(reader);
  if (!node.ok || reader.atEnd) return node;
  return reader.refuse('closes a group that was not opened');
}

type Read = Result<RegexNode, RegexError>;

function readChoice(reader: PatternReader): Read {
  const parts: RegexNode[] = [];
  do {
    const part = readSequence(reader);
    if (!part.ok) return part;
    parts.push(part.value);
  } while (reader.take('|'));
  return ok(parts.length === 1 ? (parts[0] as RegexNode) : { type: 'choice', parts });
}

function readSequence(reader: PatternReader): Read {
  const parts: RegexNode[] = [];
  while (!reader.atEnd && !reader.at('|') && !reader.at(')')) {
    const part = readRepeated(reader);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok(parts.length === 1 ? (parts[0] as RegexNode) : { type: 'sequence', parts });
}

function readRepeated(reader: PatternReader): Read {
  const part = readAtom(reader);
  if (!part.ok) return part;
  const counts = readCounts(reader);
  if (!counts.ok || counts.value === null) return counts.ok ? part : counts;
  if (part.value.type === 'place') return reader.refuse('repeats a place, which has no width');
  reader.take('?');
  return ok({ type: 'repeat', part: part.value, ...counts.value });
}

interface Counts {
  readonly min: number;
  readonly max: number;
}

function readCounts(reader: PatternReader): Result<Counts | null, RegexError> {
  if (reader.take('*')) return ok({ min: 0, max: Infinity });
  if (reader.take('+')) return ok({ min: 1, max: Infinity });
  if (reader.take('?')) return ok({ min: 0, max: 1 });
  if (!reader.take('{')) return ok(null);
  const min = reader.takeNumber();
  if (min === null) return reader.refuse('has { without a count; write \\{ for the character');
  let max: number | null = min;
  if (reader.take(',')) max = reader.at('}') ? Infinity : reader.takeNumber();
  if (max === null || !reader.take('}')) return reader.refuse('has { without a count; write \\{ for the character');
  return max < min ? reader.refuse('has a count whose end comes before its start') : ok({ min, max });
}

function readAtom(reader: PatternReader): Read {
  const character = reader.next();
  switch (character) {
    case '^':
      return ok({ type: 'place', place: 'start' });
    case '$':
      return ok({ type: 'place', place: 'end' });
    case '.':
      return ok({ type: 'characters', set: setOf(LINE_ENDS, true) });
    case '(':
      return readGroup(reader);
    case '[': {
      const set = readClass(reader);
      return set.ok ? ok({ type: 'characters', set: set.value }) : set;
    }
    case '\\':
      return readEscape(reader);
    case '*':
    case '+':
    case '?':
    case '{':
      return reader.refuse('repeats nothing');
    case '}':
    case ']':
      return reader.refuse(`has ${character} alone; write \\${character} for the character`);
    default: {
      const codePoint = character.codePointAt(0) as number;
      return ok({ type: 'characters', set: setOf([[codePoint, codePoint]]) });
    }
  }
}

function readGroup(reader: PatternReader): Read {
  if (reader.take('?')) {
    if (reader.at('=') || reader.at('!') || reader.at('<=') || reader.at('<!')) {
      return reader.refuse('looks ahead or behind, which cannot be bounded');
    }
    const name = reader.take('<') ? reader.takeName() : null;
    if (name === '' || !reader.take(name === null ? ':' : '>')) return reader.refuse('has a group of an unknown kind');
    if (name !== null && reader.names.has(name)) return reader.refuse('has two groups of the same name');
    if (name !== null) reader.names.add(name);
  }
  const node = readChoice(reader);
  if (!node.ok) return node;
  // In a group even a place may be repeated.
  return reader.take(')')
    ? ok({ type: 'sequence', parts: [node.value] })
    : reader.refuse('has a group that does not end');
}

function readEscape(reader: PatternReader): Read {
  if (reader.take('b')) return ok({ type: 'place', place: 'word-edge' });
  if (reader.take('B')) return ok({ type: 'place', place: 'not-word-edge' });
  if (reader.at('k') || reader.atDigitOtherThanZero) {
    return reader.refuse('refers back to a group, which cannot be bounded');
  }
  const ranges = readEscapedSet(reader, false);
  return ranges.ok ? ok({ type: 'characters', set: setOf(ranges.value) }) : err(ranges.error);
}
