import type { AskSearchMessage } from '@topgun/core/protocol';
import { joinCounts, type CountedPart, type SearchQuery, type SuggestQuery } from '@topgun/core/search';
import type { Identity } from '../../ports/identity.js';
import type { CountedSearch, HostEvent, PartitionHost, SessionId } from '../../ports/partition-host.js';
import { OpenQuestions } from '../../services/query/open-questions.js';
import {
  completedOf,
  factsTold,
  questionQuery,
  tooManyQuestions,
  withFacets,
  type QuestionRefusal,
} from '../../services/query/search-question.js';
import { readSearch, type SearchDefinitions } from '../../services/search/read-search.js';

export interface JointFactsOptions {
  readonly members: readonly PartitionHost[];
  readonly search: SearchDefinitions;
  readonly emit: (event: HostEvent) => void;
  /** The last commit that was handed on. */
  readonly position: () => number;
}

interface Part {
  readonly part: CountedPart;
  readonly mark: string;
  readonly through: number;
}

interface Question {
  readonly session: SessionId;
  readonly asked: AskSearchMessage;
  readonly query: SearchQuery;
  readonly completed: SuggestQuery | null;
  /** Whose the question is in the hosts. */
  readonly own: SessionId;
  /** As far as hosts have answered. */
  readonly parts: Map<number, Part>;
  /** Its answer is known already: the hosts answer when they have counted otherwise. */
  isWaiting: boolean;
}

/** Sessions of the gateway have ids without it. */
const FACTS_SESSION = '\0facts ';

/** The one question that such a session has. */
const ID = 1;

/**
 * SE-72: answers what a search finds in all by what the hosts have counted, each of its own records. A question that is answered already is asked of each host until it has counted
 * otherwise. Holds what was counted for questions that are open.
 */
export class JointFacts {
  readonly #options: JointFactsOptions;
  readonly #open = new OpenQuestions<Question>();
  readonly #byOwn = new Map<SessionId, Question>();
  #asked = 0;

  constructor(options: JointFactsOptions) {
    this.#options = options;
  }

  /** One with an id that is in use takes the other's place. */
  ask(session: SessionId, asked: AskSearchMessage, identity: Identity | undefined): void {
    const { id } = asked;
    this.end(session, id);
    const tooMany = tooManyQuestions(this.#open.countOf(session));
    if (tooMany !== null) return this.#refuse(session, id, tooMany);
    const query = questionQuery(asked);
    if (!query.ok) return this.#refuse(session, id, query.error);
    const read = readSearch(this.#options.search, asked.map, query.value);
    if (!read.ok) return this.#refuse(session, id, { code: 'bad-query', reason: read.error.message });
    const search = withFacets(read.value.query, asked.facets ?? []);
    if (!search.ok) return this.#refuse(session, id, search.error);
    const completed = completedOf(read.value.definition, asked, query.value, search.value);
    this.#asked += 1;
    const own = `${FACTS_SESSION}${this.#asked}`;
    const question: Question = {
      session,
      asked,
      query: search.value,
      completed,
      own,
      parts: new Map(),
      isWaiting: false,
    };
    this.#byOwn.set(own, question);
    this.#open.set(session, id, question);
    for (const [member, host] of this.#options.members.entries()) {
      host.send({ type: 'announce', session: own, replicas: [], ...(identity === undefined ? {} : { identity }) });
      this.#count(question, member);
    }
  }

  /** No answer is wanted any more. */
  end(session: SessionId, id: number): void {
    const question = this.#open.take(session, id);
    if (question === undefined) return;
    this.#byOwn.delete(question.own);
    for (const host of this.#options.members) host.send({ type: 'session-closed', session: question.own });
  }

  endAll(session: SessionId): void {
    for (const id of this.#open.idsOf(session)) this.end(session, id);
  }

  /** True: it was about a question of several hosts. */
  take(member: number, event: HostEvent): boolean {
    if (!('session' in event) || !event.session.startsWith(FACTS_SESSION)) return false;
    const question = this.#byOwn.get(event.session);
    if (question === undefined) return true;
    const { asked, session } = question;
    if (event.type === 'search-counted') this.#counted(question, member, event);
    else if (event.type === 'search-answered' && event.answer.type === 'search-refused') {
      this.#refuse(session, asked.id, event.answer);
    } else if (event.type === 'session-error') {
      this.#refuse(session, asked.id, { code: 'overloaded', reason: event.reason });
    }
    return true;
  }

  #counted(question: Question, member: number, { isCurrent, mark, part, through }: CountedSearch): void {
    const { asked, completed, parts, query, session } = question;
    const { members, position } = this.#options;
    if (question.isWaiting) {
      // The others are asked once more: as of which commit theirs is so, they have not said since.
      question.isWaiting = false;
      parts.clear();
      for (const other of members.keys()) if (other !== member) this.#count(question, other);
    }
    // All that the host has told of commits is in what it has counted, and this is heard after that.
    parts.set(member, { part, mark, through: isCurrent ? position() : through });
    if (parts.size < members.length) return;
    const all = [...parts.values()];
    const told = factsTold(
      joinCounts(
        all.map((each) => each.part),
        query,
        completed,
      ),
      query,
    );
    if (told.mark === asked.unless) {
      question.isWaiting = true;
      for (const [other, counted] of parts) this.#count(question, other, counted.mark);
      return;
    }
    const least = Math.min(...all.map((each) => each.through));
    this.end(session, asked.id);
    this.#options.emit({ type: 'search-answered', session, answer: { ...told, through: least, id: asked.id } });
  }

  /** `known`: it is answered when it is other than what this host has counted under that mark. */
  #count({ asked, own }: Question, member: number, known?: string): void {
    const { unless: _, ...rest } = asked;
    const question = { ...rest, id: ID, ...(known === undefined ? {} : { unless: known }) };
    this.#options.members[member]!.send({ type: 'count-search', session: own, question });
  }

  #refuse(session: SessionId, id: number, { code, reason }: QuestionRefusal): void {
    this.end(session, id);
    this.#options.emit({ type: 'search-answered', session, answer: { type: 'search-refused', id, code, reason } });
  }
}
