/** What a commit of some hundred ops takes. A page of the system that nobody has written to takes no memory. */
export const AREA_BYTES = 262_144;
const HEADER_BYTES = 24;

/** What `STATE` says: nothing lies there, a segment does, or one that the thread has taken and not answered. */
const [FREE, LAID, TAKEN] = [0, 1, 2];
const [STATE, LENGTH] = [0, 1];
/** Of the doubles: a number that may take more than 32 bits. */
const EPOCH = 1;

/** A segment as the thread finds it: in the area, until it is cleared. */
export interface LaidSegment {
  readonly epoch: number;
  readonly segment: Uint8Array;
}

/**
 * Memory that two threads see. One segment at a time lies in it while it is appended: bytes that cross in a message are given a buffer in each of the two threads, which
 * takes longer than the rest of the way there and back (decision 4).
 */
export class SegmentArea {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;

  /** `memory`: of the area that the other thread has made. */
  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + AREA_BYTES)) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.#doubles = new Float64Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  /** Copies `segment` into the area. `false`: another one lies there, or it is too long. */
  lay(epoch: number, segment: Uint8Array): boolean {
    if (segment.length > AREA_BYTES || Atomics.load(this.#header, STATE) !== FREE) return false;
    this.#bytes.set(segment);
    this.#doubles[EPOCH] = epoch;
    this.#header[LENGTH] = segment.length;
    // Last, and atomic: who finds this finds what was written before it.
    Atomics.store(this.#header, STATE, LAID);
    return true;
  }

  /** In the other thread: what was laid, once. */
  take(): LaidSegment | null {
    if (Atomics.compareExchange(this.#header, STATE, LAID, TAKEN) !== LAID) return null;
    return { epoch: this.#doubles[EPOCH] as number, segment: this.#bytes.subarray(0, this.#header[LENGTH]) };
  }

  /** What was laid is appended, or never will be. */
  clear(): void {
    Atomics.store(this.#header, STATE, FREE);
  }
}
