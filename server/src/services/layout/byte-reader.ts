import { isWellFormed } from '@topgun/core/primitives';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads what `ByteWriter` wrote, from bytes that may be anything. It never throws and never allocates more than there are bytes: what is not there, or
 * not in its one form, sets `fault`, and from then on everything is empty. Who loops asks `fault`.
 */
export class ByteReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;
  #fault: string | null = null;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = end;
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
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 49) {
        this.refuse('a number is too large');
        return 0;
      }
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) this.refuse('a number is longer than it need be');
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

  /** `size` bytes of which each is a character. */
  latin1(size: number): string {
    const at = this.#take(size);
    return at < 0 ? '' : this.#buffer.toString('latin1', at, at + size);
  }

  /** The next bytes, as they lie there. */
  bytes(size: number): Uint8Array {
    const at = this.#take(size);
    return at < 0 ? new Uint8Array() : this.#buffer.subarray(at, at + size);
  }

  #utf8(from: number, to: number): string {
    const text = this.#buffer.toString('utf8', from, to);
    // What is no UTF-8 becomes U+FFFD, which may also have been written.
    if (!text.includes('\ufffd')) return text;
    try {
      return strict.decode(this.#buffer.subarray(from, to));
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
