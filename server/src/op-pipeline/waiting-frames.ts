import { FairQueue } from './fair-queue.js';
import type { Called, CalledPart, Loaded, Upkeep } from './stages.js';

/** What can wait for room in a commit. */
export type WaitingFrame = Loaded | Upkeep | Called | CalledPart;

/** `pieces`: of imports, whose messages are divided. */
export type Line = 'plain' | 'pieces';

/** What a message costs besides its bytes. */
const FRAME_COST = 512;

/** PI-39: what waits for room in a commit, by turns; the pieces of imports in a line of their own. What one session sent keeps its order. */
export class WaitingFrames {
  readonly #lines: Readonly<Record<Line, FairQueue<WaitingFrame>>> = { plain: createLine(), pieces: createLine() };

  get length(): number {
    return this.#lines.plain.length + this.#lines.pieces.length;
  }

  /** Whether something waits that has to come out before it. */
  hasBefore(frame: WaitingFrame): boolean {
    return this.#lines.plain.hasLaneOf(frame) || this.#lines.pieces.hasLaneOf(frame);
  }

  /** Where it waits, if it has to: behind what its session has waiting, wherever that is. */
  lineOf(frame: WaitingFrame, isPiece: boolean): Line {
    if (this.#lines.plain.hasLaneOf(frame)) return 'plain';
    return isPiece || this.#lines.pieces.hasLaneOf(frame) ? 'pieces' : 'plain';
  }

  /** Whoever sent it imports: what else of its session waits does so among pieces from now on. */
  moveToPieces(frame: WaitingFrame): void {
    for (const each of this.#lines.plain.withdraw(frame)) this.#lines.pieces.push(each);
  }

  isEmpty(line: Line): boolean {
    return this.#lines[line].length === 0;
  }

  /** In the line that `lineOf` says. */
  push(line: Line, frame: WaitingFrame): void {
    this.#lines[line].push(frame);
  }

  /** The one whose turn it is; stays so until it is shifted. `undefined`: there is none. */
  peek(line: Line): WaitingFrame | undefined {
    return this.#lines[line].peek();
  }

  shift(line: Line): void {
    this.#lines[line].shift();
  }

  /** All that wait, in no order. */
  *[Symbol.iterator](): IterableIterator<WaitingFrame> {
    yield* this.#lines.plain;
    yield* this.#lines.pieces;
  }

  clear(): void {
    this.#lines.plain.clear();
    this.#lines.pieces.clear();
  }
}

export const isOfClient = (frame: WaitingFrame): frame is Loaded => 'batches' in frame;

/** The map that a message writes to first. What is not of a client is the server's own. */
const tenantOf = (frame: WaitingFrame): string => (isOfClient(frame) ? (frame.batches[0]?.ops[0]?.[2] ?? '') : '');

const createLine = (): FairQueue<WaitingFrame> =>
  new FairQueue({ laneOf: ({ session }) => session, tenantOf, costOf: ({ bytes }) => bytes + FRAME_COST });
