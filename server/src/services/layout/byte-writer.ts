import { isWellFormed } from '@topgun/core/primitives';

/** A text of so many bytes has, doubled, a length of one byte. */
const SHORT = 63;

/** Bytes that grow. Numbers are little-endian; what `ByteReader` reads. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(size = 1_024) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    // The place first: it may bring another buffer.
    const at = this.#take(1);
    this.#buffer.writeUInt8(value, at);
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#buffer.writeUInt32LE(value, at);
  }

  f64(value: number): void {
    const at = this.#take(8);
    this.#buffer.writeDoubleLE(value, at);
  }

  /** A whole number from 0 to 2^53 − 1, seven bits a byte, the low ones first. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** UTF-8 behind its length, doubled. A text with half a surrogate pair has no UTF-8: its units follow, and the length is odd. */
  text(text: string): void {
    if (text.length <= SHORT && this.#shortText(text)) return;
    if (!isWellFormed(text)) {
      this.varint(text.length * 4 + 1);
      const at = this.#take(text.length * 2);
      this.#buffer.write(text, at, 'utf16le');
      return;
    }
    const size = Buffer.byteLength(text);
    this.varint(size * 2);
    const at = this.#take(size);
    this.#buffer.write(text, at, 'utf8');
  }

  /** Most texts: a loop is faster than three calls out of the engine. Writes nothing where a character takes more than a byte. */
  #shortText(text: string): boolean {
    const from = this.#length;
    const size = text.length;
    let at = this.#take(size + 1);
    const buffer = this.#buffer;
    buffer[at] = size * 2;
    for (let i = 0; i < size; i += 1) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = from;
        return false;
      }
      buffer[(at += 1)] = unit;
    }
    return true;
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** A byte for each character, of which none is above U+00FF. */
  latin1(text: string): void {
    const size = text.length;
    const at = this.#take(size);
    const buffer = this.#buffer;
    for (let i = 0; i < size; i += 1) buffer[at + i] = text.charCodeAt(i);
  }

  /** From the beginning again, in the same memory. */
  clear(): void {
    this.#length = 0;
  }

  /** Writes over what is at `at`: lengths and checksums, once they are known. */
  patchU32(at: number, value: number): void {
    this.#buffer.writeUInt32LE(value, at);
  }

  patchU8(at: number, value: number): void {
    this.#buffer.writeUInt8(value, at);
  }

  /** What was written from `from` on: a view, good until more is written. */
  view(from = 0): Buffer {
    return this.#buffer.subarray(from, this.#length);
  }

  /** A copy of what was written, in a buffer of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.subarray(0, this.#length));
  }

  #take(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }
}
