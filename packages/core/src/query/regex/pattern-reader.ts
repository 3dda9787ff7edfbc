import { err, type Result } from '../../primitives/index.js';
import type { RegexError } from './regex-node.js';

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

  /** Reads the name of a group; `''` when there is none. */
  takeName(): string {
    if (!/^[\p{ID_Start}$_]$/u.test(this.#peek())) return '';
    let name = '';
    while (/^[\p{ID_Continue}$]$/u.test(this.#peek())) name += this.next();
    return name;
  }

  refuse(reason: string): Result<never, RegexError> {
    return err({ reason });
  }

  #peek(): string {
    return this.#characters[this.#index] ?? '';
  }
}
