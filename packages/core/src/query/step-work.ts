/** Characters whose words are read at once, as those of ASCII are, cost as much as to read one word of any other. */
const CHARACTERS_PER_WORD = 128;

/**
 * Tells when a step has been long enough, whatever was done in it and of however many records. What is done is counted in what it costs to read a word.
 */
export class StepWork {
  readonly #perStep: number;
  #done = 0;

  constructor(perStep: number) {
    this.#perStep = perStep;
  }

  /** So much comes next. True: in another step. */
  isDue(work: number): boolean {
    this.#done += work;
    if (this.#done < this.#perStep) return false;
    this.#done = work;
    return true;
  }

  /** The same of a text that comes next, beside what its words cost. */
  isTextDue(text: string): boolean {
    return this.isDue(Math.ceil(text.length / CHARACTERS_PER_WORD));
  }
}
