import { canonicalJson, err, ok, type Result } from '@topgun/core/primitives';
import type { AskSearchMessage, SearchFactsMessage, SearchRefusedMessage } from '@topgun/core/protocol';
import { canonicalQuery, type Query } from '@topgun/core/query';
import { countPartSteps, factSteps, rankingSteps, type Ranking, type SuggestQuery } from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { CountedSearch, HostCommand, SessionId } from '../../ports/partition-host.js';
import type { RecordChange } from '../crdt/overlay.js';
import type { CheckedSearch, Searches } from '../search/searches.js';
import { foundValues, type FoundValues } from './found-values.js';
import { OpenQuestions } from './open-questions.js';
import type { RecordSource } from './record-source.js';
import { seenReader, type Seen } from './seen-records.js';
import {
  completedOf,
  factsTold,
  questionQuery,
  tooManyQuestions,
  withFacets,
  type QuestionRefusal,
} from './search-question.js';
import type { SeenOf } from './view-registry.js';

/** What changes is counted anew so long after it was counted. */
export const FACTS_PAUSE_MS = 1_000;
/** What was counted is kept so long without anybody who asks. */
export const FACTS_LINGER_MS = 5_000;
/** Steps of ranking and counting in one turn of the event loop: some milliseconds. */
const STEPS_PER_TURN = 16;

export type SearchAnswered = SearchFactsMessage | SearchRefusedMessage;

/** What was counted: all there is, or where several hosts count the part of this one. */
type Told = Omit<SearchFactsMessage, 'id' | 'through'> | Pick<CountedSearch, 'part' | 'mark'>;

interface Counted {
  readonly told: Told;
  readonly reach: number;
}

export interface SearchQuestionsOptions {
  readonly searches: Pick<Searches, 'check'>;
  readonly source: Pick<RecordSource, 'read' | 'position'>;
  readonly seenBy: (session: SessionId) => SeenOf;
  /** Brings the records of the map in; `null`: they are here. Says whether they could be read. */
  readonly load: (map: string, query: Query) => Promise<boolean> | null;
  readonly timers: Timers;
  readonly tell: (session: SessionId, answer: SearchAnswered) => void;
  /** SE-72: is told what is counted here, which is a part of what several hosts have. Left out: it is all there is. */
  readonly tellPart?: (session: SessionId, counted: CountedSearch) => void;
}

interface Asker {
  readonly session: SessionId;
  readonly id: number;
  readonly unless: string | null;
  facts: CountedFacts | null;
}

/** What is counted for all who ask the same and see the same. */
interface CountedFacts {
  readonly place: string;
  readonly map: string;
  readonly search: CheckedSearch;
  readonly seen: Seen;
  readonly found: FoundValues;
  readonly completed: SuggestQuery | null;
  readonly askers: Set<Asker>;
  answer: { readonly told: Told; readonly through: number } | null;
  /** What is farther away had no part in it. */
  reach: number;
  isDirty: boolean;
  isWorking: boolean;
  cancelLinger: () => void;
}

/**
 * SE-44: answers what a search finds in all, of everything that whoever asks may see. Counted turn by turn, once for all who ask and see the same, and anew when a commit
 * writes what it finds, or found.
 */
export class SearchQuestions {
  readonly #options: SearchQuestionsOptions;
  readonly #open = new OpenQuestions<Asker>();
  readonly #facts = new Map<string, CountedFacts>();
  #counts = 0;

  constructor(options: SearchQuestionsOptions) {
    this.#options = options;
  }

  take(command: Extract<HostCommand, { type: 'ask-search' | 'count-search' | 'end-search' }>): void {
    if (command.type !== 'end-search') this.ask(command.session, command.question);
    else this.end(command.session, command.id);
  }

  /** One with an id that is in use takes the other's place. */
  ask(session: SessionId, question: AskSearchMessage): void {
    const { id, map, unless = null } = question;
    this.end(session, id);
    const tooMany = tooManyQuestions(this.#open.countOf(session));
    if (tooMany !== null) return this.#refuse(session, id, tooMany);
    const query = questionQuery(question);
    if (!query.ok) return this.#refuse(session, id, query.error);
    const asker: Asker = { session, id, unless, facts: null };
    this.#open.set(session, id, asker);
    const begin = (isReadable: boolean): void => {
      if (this.#open.get(session, id) !== asker) return;
      if (isReadable) this.#begin(asker, question, query.value);
      else this.#refuse(session, id, { code: 'internal', reason: 'The records cannot be read now; try again.' });
    };
    const loading = this.#options.load(map, query.value);
    if (loading === null) begin(true);
    else void loading.then(begin);
  }

  /** No answer is wanted any more. */
  end(session: SessionId, id: number): void {
    const asker = this.#open.take(session, id);
    if (asker === undefined || asker.facts === null) return;
    asker.facts.askers.delete(asker);
    this.#linger(asker.facts);
  }

  endAll(session: SessionId): void {
    for (const id of this.#open.idsOf(session)) this.end(session, id);
  }

  /** These have become the state, and the indexes know of them. */
  note(changes: readonly RecordChange[]): void {
    for (const facts of this.#facts.values()) {
      if (facts.isDirty || !changes.some((change) => concerns(facts, change))) continue;
      facts.isDirty = true;
      this.#work(facts);
    }
  }

  #begin(asker: Asker, question: AskSearchMessage, query: Query): void {
    const facts = this.#factsOf(asker.session, question, query);
    if (!facts.ok) return this.#refuse(asker.session, asker.id, facts.error);
    asker.facts = facts.value;
    facts.value.cancelLinger();
    facts.value.askers.add(asker);
    if (facts.value.isDirty) this.#work(facts.value);
    else this.#answer(facts.value);
  }

  #factsOf(session: SessionId, question: AskSearchMessage, query: Query): Result<CountedFacts, QuestionRefusal> {
    const { map, facets = [], complete } = question;
    const seen = this.#options.seenBy(session)(map);
    // How many are shown makes no difference to how many there are, but to how many of the nearest take part.
    const limit = query.search?.near === undefined ? 1 : query.limit;
    const told = [canonicalQuery({ ...query, limit }), canonicalJson([...facets]), String(complete ?? 0)];
    const place = [map, ...told, seen?.key ?? ''].join('\0');
    const known = this.#facts.get(place);
    if (known !== undefined) return ok(known);
    const checked = this.#options.searches.check(map, query);
    if (!checked.ok) {
      const { code, message } = checked.error;
      return err({ code: code === 'overloaded' ? code : 'bad-query', reason: message });
    }
    const asked = withFacets(checked.value.query, facets);
    if (!asked.ok) return asked;
    const search: CheckedSearch = { ...checked.value, query: asked.value };
    const facts: CountedFacts = {
      place,
      map,
      search,
      seen,
      found: foundValues(search, seenReader(seen, this.#options.source.read(map))),
      completed: completedOf(search.index.reader.definition, question, query, search.query),
      askers: new Set(),
      answer: null,
      reach: -1,
      isDirty: true,
      isWorking: false,
      cancelLinger: () => {},
    };
    search.index.use(facts);
    this.#facts.set(place, facts);
    return ok(facts);
  }

  #work(facts: CountedFacts): void {
    if (facts.isWorking || facts.askers.size === 0) return;
    facts.isWorking = true;
    const { index } = facts.search;
    this.#options.timers.after(facts.answer === null ? 0 : FACTS_PAUSE_MS, () =>
      index.whenReady(() => this.#count(facts)),
    );
  }

  #count(facts: CountedFacts): void {
    const { index, query } = facts.search;
    facts.isDirty = false;
    const through = this.#options.source.position();
    function* rankedNow(): ReturnType<typeof rankingSteps> {
      yield* index.currentSteps();
      return yield* rankingSteps(index.index, query);
    }
    const ranking = rankedNow();
    let steps: Generator<void, Counted> | null = null;
    const turn = (): void => {
      for (let taken = 0; taken < STEPS_PER_TURN; taken++) {
        if (steps === null) {
          const ranked = ranking.next();
          if (ranked.done === true) steps = this.#countSteps(facts, ranked.value);
          continue;
        }
        const step = steps.next();
        if (step.done !== true) continue;
        facts.isWorking = false;
        facts.reach = step.value.reach;
        facts.answer = { told: step.value.told, through };
        this.#answer(facts);
        if (facts.isDirty) this.#work(facts);
        return;
      }
      this.#options.timers.after(0, turn);
    };
    turn();
  }

  *#countSteps({ completed, found, search, seen }: CountedFacts, ranking: Ranking): Generator<void, Counted> {
    const { index, query } = search;
    const { seenValueOf: valueOf } = found;
    // PI-9: of what a reader does not see nothing is found, be it a record or a word of a field.
    const isRestricted = seen !== null;
    if (this.#options.tellPart !== undefined) {
      const own = yield* countPartSteps(index.reader, ranking, query, completed, valueOf, isRestricted);
      this.#counts += 1;
      return { told: { part: own.part, mark: String(this.#counts) }, reach: own.reach };
    }
    const { reach, ...all } = yield* factSteps(index.reader, ranking, query, completed, valueOf, isRestricted);
    return { told: factsTold(all, query), reach };
  }

  #answer(facts: CountedFacts): void {
    const { answer, isDirty } = facts;
    if (answer === null) return;
    const { told } = answer;
    // Whatever was committed since it was counted is none of what is found.
    const through = isDirty ? answer.through : this.#options.source.position();
    for (const { id, session, unless } of [...facts.askers]) {
      if (unless === told.mark) continue;
      this.end(session, id);
      if ('part' in told) this.#options.tellPart?.(session, { ...told, through, id, isCurrent: !isDirty });
      else this.#options.tell(session, { ...told, through, id });
    }
  }

  /** Who has had an answer asks again, as a rule. */
  #linger(facts: CountedFacts): void {
    if (facts.askers.size > 0) return;
    facts.cancelLinger();
    facts.cancelLinger = this.#options.timers.after(FACTS_LINGER_MS, () => {
      if (facts.askers.size > 0) return;
      this.#facts.delete(facts.place);
      facts.search.index.release(facts);
    });
  }

  #refuse(session: SessionId, id: number, refusal: QuestionRefusal): void {
    this.end(session, id);
    this.#options.tell(session, { type: 'search-refused', id, ...refusal });
  }
}

function concerns({ map, seen, found, reach }: CountedFacts, change: RecordChange): boolean {
  const { key, before, after } = change;
  if (change.map !== map) return false;
  const see = (record: typeof before): typeof before => (record && seen !== null ? seen.see(key, record) : record);
  return found.mayBeFound(see(before), key, reach) || found.mayBeFound(see(after), key, reach);
}
