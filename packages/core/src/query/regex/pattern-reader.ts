import { err, type Result } from '../../primitives/index.js';
import { MAX_CODE_POINT } from './character-set.js';
import type { RegexError } from './regex-node.js';

const NAME_START = /^[\p{ID_Start}$_]$/u;
const NAME_PART = /^[\p{ID_Continue}$\u200c\u200d]$/u;

/** A pattern and how far it has been read, character by character. */
export class PatternReader {
  readonly caseInsensitive: boolean;
  /** The names of the groups read so far. */
  readonly names = new Set<string>();
  readonly #characters: readonly string[];
  #index = 0;

  constructor(pattern: string, caseInsensitive: boolean) {
    this.#characters = Array.from(pattern);
    this.caseInsensitive = caseInsensitive;
  }

  get atEnd(): boolean {
    return this.#index >= this.#characters.length;
  }

  get atDigitOtherThanZero(): boolean {
    return /^[1-9]$/.test(this.#peek());
  }

  /** Whether this text comes next. */
  at(text: string): boolean {
    return this.#characters.slice(this.#index, this.#index + text.length).join('') === text;
  }

  /** Reads this text if it comes next. */
  take(text: string): boolean {
    const comes = this.at(text);
    if (comes) this.#index += text.length;
    return comes;
  }

  /** Reads one character; `''` at the end. */
  next(): string {
    const character = this.#peek();
    this.#index += 1;
    return character;
  }

  /** Reads decimal digits; `null` when there are none. A number too large to count with is infinite. */
  takeNumber(): number | null {
    let digits = '';
    while (/^[0-9]$/.test(this.#peek())) digits += this.next();
    return digits === '' ? null : Number(digits);
  }

  /** Reads exactly so many hexadecimal digits; `null`, and nothing read, when they are not there. */
  takeHex(length: number): number | null {
    const digits = this.#characters.slice(this.#index, this.#index + length).join('');
    if (digits.length !== length || !/^[0-9a-f]+$/i.test(digits)) return null;
    this.#index += length;
    return Number.parseInt(digits, 16);
  }

  /** Reads hexadecimal digits up to a closing brace, and the brace. */
  takeBracedHex(): number | null {
    let digits = '';
    while (/^[0-9a-f]$/i.test(this.#peek())) digits += this.next();
    return digits !== '' && this.take('}') ? Number.parseInt(digits, 16) : null;
  }

  /** Reads what follows `\u`: four digits, twice four that are the halves of one character, or digits in braces. */
  takeUnicode(): number | null {
    if (this.take('{')) return this.takeBracedHex();
    const unit = this.takeHex(4);
    if (unit === null || (unit & 0xfc00) !== 0xd800) return unit;
    const before = this.#index;
    const low = this.take('\\u') ? this.takeHex(4) : null;
    if (low !== null && (low & 0xfc00) === 0xdc00) return (unit - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000;
    // What comes next is not its other half, and is read by itself.
    this.#index = before;
    return unit;
  }

  /** Reads the name of a group; `''` when there is none. */
  takeName(): string {
    for (let name = ''; ;) {
      const before = this.#index;
      const character = this.#nextOfName();
      if (!(name === '' ? NAME_START : NAME_PART).test(character)) {
        this.#index = before;
        return name;
      }
      name += character;
    }
  }

  refuse(reason: string): Result<never, RegexError> {
    return err({ reason });
  }

  /** A character of a name, which may be written as an escape; `''` when that is none. */
  #nextOfName(): string {
    if (!this.take('\\u')) return this.next();
    const point = this.takeUnicode();
    return point === null || point > MAX_CODE_POINT ? '' : String.fromCodePoint(point);
  }

  #peek(): string {
    return this.#characters[this.#index] ?? '';
  }
}
