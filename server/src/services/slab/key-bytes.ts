import { ByteWriter } from '../layout/byte-writer.js';

/** A text of so many characters has, when each of them is a byte, a length that is one byte too. */
const SHORT = 63;

/** The bytes that a key has in a record's layout, made again and again in one place: whoever looks for a key compares with these. */
export class KeyBytes {
  #bytes: Uint8Array = new Uint8Array(SHORT + 1);
  #length = 0;

  /** Good until the next `write`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  write(key: string): this {
    const size = key.length;
    if (size <= SHORT && this.#writeShort(key, size)) return this;
    const writer = new ByteWriter(size * 3 + 8);
    writer.text(key);
    this.#length = writer.length;
    if (this.#length > this.#bytes.length) this.#bytes = writer.finish();
    else this.#bytes.set(writer.view());
    return this;
  }

  /** Most keys: without a call out of the engine. */
  #writeShort(key: string, size: number): boolean {
    const bytes = this.#bytes;
    bytes[0] = size * 2;
    for (let i = 0; i < size; i += 1) {
      const unit = key.charCodeAt(i);
      if (unit >= 0x80) return false;
      bytes[i + 1] = unit;
    }
    this.#length = size + 1;
    return true;
  }
}
