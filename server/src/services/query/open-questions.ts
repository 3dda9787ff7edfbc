import type { SessionId } from '../../ports/partition-host.js';

/** What sessions have asked and wait for, each under an id of the session's own. */
export class OpenQuestions<Question> {
  readonly #bySession = new Map<SessionId, Map<number, Question>>();

  /** How many the session waits for. */
  countOf(session: SessionId): number {
    return this.#bySession.get(session)?.size ?? 0;
  }

  get(session: SessionId, id: number): Question | undefined {
    return this.#bySession.get(session)?.get(id);
  }

  set(session: SessionId, id: number, question: Question): void {
    const own = this.#bySession.get(session) ?? new Map<number, Question>();
    this.#bySession.set(session, own.set(id, question));
  }

  /** Ends it. `undefined`: there is none. */
  take(session: SessionId, id: number): Question | undefined {
    const own = this.#bySession.get(session);
    const question = own?.get(id);
    own?.delete(id);
    if (own?.size === 0) this.#bySession.delete(session);
    return question;
  }

  idsOf(session: SessionId): readonly number[] {
    return [...(this.#bySession.get(session)?.keys() ?? [])];
  }
}
