import type { HostCommand } from '../ports/partition-host.js';
import { costsOfQuery } from './budgets/costs.js';
import type { Pacing } from './budgets/pacing.js';
import { MAX_DEBT_MS } from './budgets/rate.js';

type Question = Extract<HostCommand, { type: 'open-view' }>;

export interface QuestionsOptions {
  readonly command: (command: HostCommand) => void;
  /** Runs it when others have had their turn. */
  readonly nextTurn: (run: () => void) => void;
  /** An answer is on its way, or nothing is to be asked any more. */
  readonly isHeldUp: () => boolean;
  readonly pacing?: Pick<Pacing, 'budget' | 'timers'>;
}

/**
 * The subscriptions of one connection that are yet to be opened. One answer at a time, however many are asked for: a client that does not read holds
 * the rows of one. And one in a turn, since to open a view may mean to look at all records of a map. AB-1: what a query has cost is known
 * when it is answered, so it is the next one that waits for it.
 */
export class Questions {
  readonly #options: QuestionsOptions;
  readonly #waiting = new Map<number, Question>();
  /** The subscription that is being answered; `null`: none. */
  #asked: number | null = null;
  #isTurnTaken = false;
  #charged: Question | null = null;
  #cancel: () => void = () => undefined;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  add(question: Question): void {
    this.drop(question.sub);
    this.#waiting.set(question.sub, question);
    this.askNext();
  }

  /** It is not wanted any more. QU-50: a view that is being opened for it need not come to be told. */
  drop(sub: number): void {
    this.#waiting.delete(sub);
    if (this.#asked === sub) this.answered(sub);
  }

  /** So many rows were told, or looked at. */
  cost(rows: number): void {
    this.#options.pacing?.budget.charge({ rows });
  }

  /** The subscription has its answer, or will have none. */
  answered(sub: number): void {
    if (this.#asked === sub) this.#asked = null;
    this.askNext();
  }

  clear(): void {
    this.#waiting.clear();
    this.#cancel();
  }

  askNext(): void {
    if (this.#asked !== null || this.#isTurnTaken || this.#options.isHeldUp()) return;
    for (const [sub, question] of this.#waiting) {
      this.#isTurnTaken = true;
      if (this.#mustWait(question)) return;
      this.#waiting.delete(sub);
      // SE-43: a search may have to wait for its index, and nothing else waits with it. Its answer is small.
      this.#asked = question.query.search === undefined ? sub : null;
      this.#options.command(question);
      this.#options.nextTurn(() => this.#goOn());
      return;
    }
  }

  /** It is charged at once, so that one that costs more than there ever is at once has its turn too. */
  #mustWait(question: Question): boolean {
    const { pacing } = this.#options;
    if (pacing === undefined || this.#charged === question) return false;
    this.#charged = question;
    const costs = costsOfQuery(question.query);
    const { ms } = pacing.budget.waitFor(costs);
    pacing.budget.charge(costs);
    if (ms > 0) this.#cancel = pacing.timers.after(Math.ceil(Math.min(ms, MAX_DEBT_MS)), () => this.#goOn());
    return ms > 0;
  }

  #goOn(): void {
    this.#isTurnTaken = false;
    this.askNext();
  }
}
