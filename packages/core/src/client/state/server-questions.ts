import type { TopGunError } from '../../primitives/index.js';
import type { AnswerTo, ServerAnswer, ServerQuestion } from '../ports/server-question.js';
import type { TabSync } from '../tabs/tab-sync.js';

/** How a question ends. */
export interface Asking<Answer = ServerAnswer> {
  readonly answered: (answer: Answer) => void;
  /** The client is closed: there will be no answer. */
  readonly failed: (error: TopGunError) => void;
}

type Sync = Pick<TabSync, 'ask' | 'endQuestion'>;

/** JO-6: what this tab's app asks of the server, from one session to the next until it is answered. */
export class ServerQuestions {
  readonly #open = new Map<string, { readonly question: ServerQuestion; readonly asking: Asking }>();
  readonly #mint: () => string;
  #sync: Sync | null = null;
  #closed: TopGunError | null = null;

  /** `mint`: makes tokens, none twice. */
  constructor(mint: () => string) {
    this.#mint = mint;
  }

  /** How many have no answer yet. */
  get size(): number {
    return this.#open.size;
  }

  /** What it returns gives up waiting; nothing is heard after that. */
  ask<Q extends ServerQuestion>(question: Q, asking: Asking<AnswerTo<Q>>): () => void {
    if (this.#closed !== null) {
      asking.failed(this.#closed);
      return () => {};
    }
    const token = this.#mint();
    // What the server answers to a question is of its kind.
    this.#open.set(token, { question, asking: asking as Asking });
    this.#sync?.ask(token, question);
    return () => {
      if (this.#open.delete(token)) this.#sync?.endQuestion(token);
    };
  }

  connect(sync: Sync): void {
    this.#sync = sync;
    for (const [token, { question }] of this.#open) sync.ask(token, question);
  }

  disconnect(): void {
    this.#sync = null;
  }

  /** PR-4: what one user calls for no other must ask. */
  endCalls(error: TopGunError): void {
    for (const [token, { question, asking }] of [...this.#open]) {
      if (question.type !== 'call') continue;
      this.#open.delete(token);
      this.#sync?.endQuestion(token);
      asking.failed(error);
    }
  }

  answered(token: string, answer: ServerAnswer): void {
    const open = this.#open.get(token);
    this.#open.delete(token);
    open?.asking.answered(answer);
  }

  close(error: TopGunError): void {
    this.#closed = error;
    this.#sync = null;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { asking } of open) asking.failed(error);
  }
}
