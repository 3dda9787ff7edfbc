import { BackupError } from './backup-format.js';

/** No line of a backup is longer. */
const MAX_LINE = 64 * 1024;
const NEW_LINE = 10;

/** Bytes that come in chunks, taken as lines and counted pieces. Holds no more than one of these, and never makes room on the word of what it reads. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Up to the next line's end, which is not part of it. `null`: there is nothing any more. */
  async line(): Promise<Uint8Array | null> {
    const pieces: Uint8Array[] = [];
    for (let size = 0; ;) {
      if (this.#chunk.length === 0 && !(await this.#next())) {
        if (size === 0) return null;
        throw endsEarly();
      }
      const end = this.#chunk.indexOf(NEW_LINE);
      const piece = end < 0 ? this.#chunk : this.#chunk.subarray(0, end);
      pieces.push(piece);
      size += piece.length;
      if (size > MAX_LINE) throw new BackupError('damaged', 'A line of it is longer than any that is written.');
      this.#chunk = this.#chunk.subarray(end < 0 ? piece.length : end + 1);
      if (end >= 0) return Buffer.concat(pieces);
    }
  }

  async exactly(count: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let left = count; left > 0;) {
      if (this.#chunk.length === 0 && !(await this.#next())) throw endsEarly();
      const piece = this.#chunk.subarray(0, left);
      pieces.push(piece);
      left -= piece.length;
      this.#chunk = this.#chunk.subarray(piece.length);
    }
    return new Uint8Array(Buffer.concat(pieces));
  }

  async #next(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#chunk = next.value;
    return true;
  }
}

const endsEarly = (): BackupError => new BackupError('truncated', 'It ends in the middle of something.');
