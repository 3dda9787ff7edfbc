import { ok, type Result } from '../../primitives/index.js';
import {
  DIGITS,
  FOLDED_WORD,
  MAX_CODE_POINT,
  otherThan,
  setOf,
  SPACES,
  WORD,
  type CharacterSet,
  type CodePointRange,
} from './character-set.js';
import type { PatternReader } from './pattern-reader.js';
import type { RegexError } from './regex-node.js';

type Ranges = Result<readonly CodePointRange[], RegexError>;

/** Reads a class after its opening bracket. */
export function readClass(reader: PatternReader): Result<CharacterSet, RegexError> {
  const negated = reader.take('^');
  const ranges: CodePointRange[] = [];
  while (!reader.take(']')) {
    if (reader.atEnd) return reader.refuse('has a class that does not end');
    const item = readItem(reader);
    if (!item.ok) return item;
    // A hyphen stands for itself at the end of a class, and at its start, where it was read as an item.
    if (!reader.at('-') || reader.at('-]') || !reader.take('-')) {
      ranges.push(...item.value);
      continue;
    }
    if (reader.atEnd) return reader.refuse('has a class that does not end');
    const end = readItem(reader);
    if (!end.ok) return end;
    const first = onlyOf(item.value);
    const last = onlyOf(end.value);
    if (first === null || last === null) return reader.refuse('has a range between more than two characters');
    if (last < first) return reader.refuse('has a range whose end comes before its start');
    ranges.push([first, last]);
  }
  return ok(setOf(ranges, negated));
}

function readItem(reader: PatternReader): Ranges {
  const character = reader.next();
  return character === '\\' ? readEscapedSet(reader, true) : ok(only(character.codePointAt(0) as number));
}

/** Reads what follows a backslash, where that stands for characters. */
export function readEscapedSet(reader: PatternReader, inClass: boolean): Ranges {
  const character = reader.next();
  switch (character) {
    case 'd':
      return ok(DIGITS);
    case 'D':
      return ok(otherThan(DIGITS));
    case 's':
      return ok(SPACES);
    case 'S':
      return ok(otherThan(SPACES));
    case 'w':
      return ok(WORD);
    case 'W':
      return ok(otherThan(reader.caseInsensitive ? FOLDED_WORD : WORD));
    case 't':
      return ok(only(0x09));
    case 'n':
      return ok(only(0x0a));
    case 'v':
      return ok(only(0x0b));
    case 'f':
      return ok(only(0x0c));
    case 'r':
      return ok(only(0x0d));
    case '0':
      return reader.atDigitOtherThanZero || reader.at('0') ? unknown(reader) : ok(only(0));
    case 'b':
      return inClass ? ok(only(0x08)) : unknown(reader);
    case '-':
      return inClass ? ok(only(0x2d)) : unknown(reader);
    case 'c':
      return readControl(reader);
    case 'x':
      return codePoint(reader, reader.takeHex(2));
    case 'u':
      return codePoint(reader, reader.takeUnicode());
    case 'p':
    case 'P':
      return reader.refuse('asks for a property of characters, which is not supported');
    default:
      return character !== '' && '^$\\.*+?()[]{}|/'.includes(character)
        ? ok(only(character.charCodeAt(0)))
        : unknown(reader);
  }
}

function readControl(reader: PatternReader): Ranges {
  const letter = reader.next();
  return /^[A-Za-z]$/.test(letter) ? ok(only(letter.charCodeAt(0) % 32)) : unknown(reader);
}

function codePoint(reader: PatternReader, point: number | null): Ranges {
  return point === null || point > MAX_CODE_POINT ? unknown(reader) : ok(only(point));
}

const only = (point: number): readonly CodePointRange[] => [[point, point]];

function onlyOf(ranges: readonly CodePointRange[]): number | null {
  const [range] = ranges;
  return ranges.length === 1 && range !== undefined && range[0] === range[1] ? range[0] : null;
}

const unknown = (reader: PatternReader): Result<never, RegexError> => reader.refuse('has an unknown escape');
