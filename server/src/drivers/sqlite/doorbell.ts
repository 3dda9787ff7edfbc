/**
 * Wakes a thread that has nothing to do and sleeps where only this wakes it: sooner than its event loop does, and without one turn of it. Holds how often it was
 * rung; each side makes its own from the same memory, and the thread counts what it has seen to by itself.
 */
export class Doorbell {
  readonly memory: SharedArrayBuffer;
  readonly #rung: Int32Array;
  #answered = 0;

  constructor(memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#rung = new Int32Array(memory);
  }

  /** Something is there for the thread, and it is there before this is called. Whether the thread was asleep, and is woken. */
  ring(): boolean {
    Atomics.add(this.#rung, 0, 1);
    return Atomics.notify(this.#rung, 0) > 0;
  }

  /** In the thread: one thing that was there has been taken, or will have been before it sleeps. */
  answer(): void {
    // As the other side counts: after two thousand million it is negative.
    this.#answered = (this.#answered + 1) | 0;
  }

  /** In the thread: sleeps until as much was rung for as was answered, or a thing was taken before its ring is heard: then that is near. */
  sleep(): void {
    while (Atomics.load(this.#rung, 0) === this.#answered) Atomics.wait(this.#rung, 0, this.#answered);
  }
}
