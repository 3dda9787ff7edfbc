import type { Access } from '@topgun/core/rules';
import type { SessionId } from '../../ports/partition-host.js';
import type { JournalEvent } from './journal-event.js';
import { readPage, type JournalPage, type JournalRequest } from './read-page.js';
import { RecentCommits } from './recent-commits.js';
import { endOf, nextPosition } from './sequence.js';
import type { StoredCommits } from './stored-commits.js';

export interface JournalOptions {
  readonly stored: StoredCommits;
  /** The position that the host starts from. */
  readonly position: number;
}

/** What somebody asks of the journal, and how they are told. */
export interface JournalQuestion extends Omit<JournalRequest, 'after'> {
  readonly session: SessionId;
  readonly id: number;
  /** `null`: from now on. */
  readonly after: number | null;
  /** Whether the answer may wait until there is something in it. */
  readonly wait: boolean;
  /** What they may see, at the moment it is looked at; `null`: everything. */
  readonly access: () => Access | null;
  readonly answer: (answer: JournalAnswer) => void;
}

export type JournalAnswer =
  | ({ readonly type: 'page' } & JournalPage)
  /** JO-5: some of what came after is not kept any more. Reading may go on after `through`. */
  | { readonly type: 'trimmed'; readonly through: number }
  | { readonly type: 'failed'; readonly reason: string };

/** A question without an answer, and how far it has been read for in vain. */
interface Open {
  readonly question: JournalQuestion;
  after: number;
}

/** JO-1 to JO-5: the events that segments hold, read page by page, and waited for. */
export class Journal {
  readonly #recent: RecentCommits;
  readonly #stored: StoredCommits;
  readonly #open = new Map<SessionId, Map<number, Open>>();
  #waiting = new Set<Open>();
  #latest: number;

  constructor({ position, stored }: JournalOptions) {
    this.#latest = position;
    this.#recent = new RecentCommits(position);
    this.#stored = stored;
  }

  /** The commit at `position` has been told to whom it concerns. */
  note(position: number, events: readonly JournalEvent[]): void {
    this.#latest = position;
    if (events.length === 0) return;
    this.#recent.add({ position, events });
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const open of waiting) this.#look(open);
  }

  /** How many questions of a session have no answer yet. */
  openOf(session: SessionId): number {
    return this.#open.get(session)?.size ?? 0;
  }

  /** One with an id that is in use takes the place of the other. */
  ask(question: JournalQuestion): void {
    const { session, id, after } = question;
    this.end(session, id);
    const open = { question, after: after ?? endOf(this.#latest) };
    let own = this.#open.get(session);
    if (own === undefined) this.#open.set(session, (own = new Map()));
    own.set(id, open);
    if (after === null) this.#answer(open, { type: 'page', events: [], through: open.after, more: false });
    else this.#look(open);
  }

  /** No answer is wanted any more. */
  end(session: SessionId, id: number): void {
    const own = this.#open.get(session);
    const open = own?.get(id);
    if (own === undefined || open === undefined) return;
    this.#waiting.delete(open);
    own.delete(id);
    if (own.size === 0) this.#open.delete(session);
  }

  endAll(session: SessionId): void {
    for (const id of [...(this.#open.get(session)?.keys() ?? [])]) this.end(session, id);
  }

  #look(open: Open): void {
    this.#read(open).then(
      (answer) => this.#settle(open, answer),
      (error: unknown) =>
        this.#answer(open, { type: 'failed', reason: error instanceof Error ? error.message : String(error) }),
    );
  }

  async #read({ question, after }: Open): Promise<JournalAnswer> {
    const position = nextPosition(after);
    const recent = this.#recent.since(position - 1);
    // From the very beginning means from what there is.
    if (recent === null && after > 0) {
      const first = await this.#stored.first();
      if (first > position) return { type: 'trimmed', through: endOf(first - 1) };
    }
    const commits = recent ?? this.#stored.after(Math.max(position - 1, 0));
    return { type: 'page', ...(await readPage({ ...question, after }, commits, this.#latest, question.access())) };
  }

  #settle(open: Open, answer: JournalAnswer): void {
    if (!this.#isOpen(open)) return;
    const isEmpty = answer.type === 'page' && answer.events.length === 0 && !answer.more;
    if (!isEmpty || !open.question.wait) return this.#answer(open, answer);
    open.after = answer.through;
    // A commit may have come while it was read.
    if (answer.through < endOf(this.#latest)) this.#look(open);
    else this.#waiting.add(open);
  }

  #answer(open: Open, answer: JournalAnswer): void {
    if (!this.#isOpen(open)) return;
    const { session, id } = open.question;
    this.end(session, id);
    open.question.answer(answer);
  }

  #isOpen(open: Open): boolean {
    return this.#open.get(open.question.session)?.get(open.question.id) === open;
  }
}
