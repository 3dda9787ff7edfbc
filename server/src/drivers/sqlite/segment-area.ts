/** What a commit of some hundred ops takes. A page of the system that nobody has written to takes no memory. */
const AREA_BYTES = 262_144;

/**
 * Memory that two threads see. One segment at a time lies in it while it is appended: bytes that cross in a message are given a buffer in each of the two threads, which
 * takes longer than the rest of the way there and back (decision 4).
 */
export class SegmentArea {
  readonly memory = new SharedArrayBuffer(AREA_BYTES);
  readonly #bytes = new Uint8Array(this.memory);
  #isTaken = false;

  /** Copies `segment` to the start of the area. `false`: another one lies there, or it is too long. */
  lay(segment: Uint8Array): boolean {
    if (this.#isTaken || segment.length > this.#bytes.length) return false;
    this.#bytes.set(segment);
    this.#isTaken = true;
    return true;
  }

  /** The other thread has read it. */
  clear(): void {
    this.#isTaken = false;
  }
}
