/** Documents are numbered one by one: so many of them have their scores side by side. */
const PAGE = 1_024;

interface Page {
  /** `NaN`: it is not among them. */
  readonly scores: Float64Array;
  /** How many words of the query it has. */
  readonly words: Uint8Array;
}

/** What is found, by the number of its document: a map of numbers that never stops to copy itself, however much that is. */
export class DocumentScores {
  readonly #pages: (Page | undefined)[] = [];

  /** `undefined` where it is not among them. */
  score(document: number): number | undefined {
    const score = this.#pages[Math.floor(document / PAGE)]?.scores[document % PAGE];
    return score === undefined || Number.isNaN(score) ? undefined : score;
  }

  words(document: number): number {
    return this.#pages[Math.floor(document / PAGE)]?.words[document % PAGE] ?? 0;
  }

  set(document: number, score: number, words: number): void {
    const page = (this.#pages[Math.floor(document / PAGE)] ??= {
      scores: new Float64Array(PAGE).fill(NaN),
      words: new Uint8Array(PAGE),
    });
    page.scores[document % PAGE] = score;
    page.words[document % PAGE] = words;
  }

  /** Of one word, the same in another field or as another of its forms. */
  add(document: number, score: number): void {
    this.set(document, (this.score(document) ?? 0) + score, 1);
  }

  /** The numbers of the documents, ascending. */
  *documents(): Iterable<number> {
    for (const [at, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let i = 0; i < PAGE; i++) if (!Number.isNaN(page.scores[i])) yield at * PAGE + i;
    }
  }
}
