import { isWellFormed } from '@topgun/core/primitives';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads what `ByteWriter` wrote, from bytes that may be anything. It never throws and never allocates more than there are bytes: what is not there, or
 * not in its one form, sets `fault`, and from then on everything is empty. Who loops asks `fault`. One reader reads many things, by `seek`.
 */
export class ByteReader {
  #buffer: Buffer;
  #from: number;
  #end: number;
  #at: number;
  #fault: string | null = null;
  #isCut = false;
  /** The bytes from `#from` to `#end`, a character each; `null`: not asked for yet. */
  #cut: string | null = null;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#from = from;
    this.#at = from;
    this.#end = Math.min(end, bytes.length);
  }

  /**
   * Goes on elsewhere, as if nothing had been read. `isCut`: texts are cut from one of all these bytes, which lives as long as any of them does. That is
   * cheaper by a call out of the engine for each text, which costs as much as all else that a small record takes.
   */
  seek(from: number, end: number, isCut = false): void {
    this.#from = from;
    this.#at = from;
    this.#end = Math.min(end, this.#buffer.length);
    this.#isCut = isCut;
    this.#fault = null;
    this.#cut = null;
  }

  /** Goes on in other bytes, after the next `seek`. */
  turnTo(bytes: Buffer): void {
    this.#buffer = bytes;
  }

  /** What is wrong, and where; `null`: nothing so far. */
  get fault(): string | null {
    return this.#fault;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** Notes what is wrong with what was read last. The first fault stands. */
  refuse(what: string): void {
    this.#fault ??= `${what}, before byte ${this.#at}`;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#buffer[at]!;
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#buffer.readUInt32LE(at);
  }

  f64(): number {
    const at = this.#take(8);
    return at < 0 ? 0 : this.#buffer.readDoubleLE(at);
  }

  varint(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 0x80; ; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 49) {
        this.refuse('a number is too large');
        return 0;
      }
      if (byte < 0x80) {
        if (byte === 0) this.refuse('a number is longer than it need be');
        return value;
      }
    }
  }

  /** A count of things of at least `size` bytes each. */
  count(size: number): number {
    const count = this.varint();
    if (count * size <= this.left) return count;
    this.refuse(`there is no room for ${count} of what follows`);
    return 0;
  }

  text(): string {
    const doubled = this.varint();
    const size = Math.floor(doubled / 2);
    const at = this.#take(size);
    if (at < 0) return '';
    if (doubled % 2 === 0) return this.#utf8(at, at + size);
    const text = size % 2 === 0 ? this.#buffer.toString('utf16le', at, at + size) : '';
    if (size % 2 !== 0 || isWellFormed(text)) this.refuse('a text is not in its own form');
    return text;
  }

  skip(size: number): void {
    this.#take(size);
  }

  /** Whether these bytes follow; then they are passed over. */
  repeats(bytes: Uint8Array): boolean {
    const here = this.#at;
    const size = bytes.length;
    if (size > this.#end - here || this.#fault !== null) return false;
    const buffer = this.#buffer;
    for (let i = 0; i < size; i += 1) if (buffer[here + i] !== bytes[i]) return false;
    this.#at = here + size;
    return true;
  }

  /** `size` bytes of which each is a character. */
  latin1(size: number): string {
    const at = this.#take(size);
    return at < 0 ? '' : this.#latin1(at, at + size);
  }

  /** The next bytes, as they lie there. */
  bytes(size: number): Buffer {
    const at = this.#take(size);
    return at < 0 ? Buffer.alloc(0) : this.#buffer.subarray(at, at + size);
  }

  #latin1(from: number, to: number): string {
    if (!this.#isCut) return this.#buffer.toString('latin1', from, to);
    const start = this.#from;
    return (this.#cut ??= this.#buffer.toString('latin1', start, this.#end)).slice(from - start, to - start);
  }

  #utf8(from: number, to: number): string {
    const buffer = this.#buffer;
    let bits = 0;
    for (let i = from; i < to; i += 1) bits |= buffer[i]!;
    if (bits < 0x80) return this.#latin1(from, to);
    const text = buffer.toString('utf8', from, to);
    // What is no UTF-8 becomes U+FFFD, which may also have been written.
    if (!text.includes('\ufffd')) return text;
    try {
      return strict.decode(buffer.subarray(from, to));
    } catch {
      this.refuse('a text is no UTF-8');
      return '';
    }
  }

  #take(count: number): number {
    const at = this.#at;
    if (this.#fault === null && count <= this.#end - at) {
      this.#at = at + count;
      return at;
    }
    this.refuse('it ends too early');
    return -1;
  }
}
