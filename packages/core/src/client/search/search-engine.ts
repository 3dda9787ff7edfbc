import type { Query, TakeSteps } from '../../query/index.js';
import type { SearchDefinitionInput } from '../../search/index.js';
import type { MapSchema } from '../../schema/index.js';
import type { Timers } from '../ports/environment.js';
import type { ServerAnswer, ServerQuestion } from '../ports/server-question.js';
import type { StartSearchHost } from '../ports/search-host.js';
import type { SavedIndexes } from '../ports/storage.js';
import type { MapStore } from '../state/map-store.js';
import type { Subscription } from '../state/subscription.js';
import type { SearchRequest } from './search-request.js';
import type { SearchState, SuggestState } from './search-result.js';

/** What an answer has, whatever was asked for. */
export type AnyAnswer = SearchState<unknown> | SuggestState;

/** What the search takes from the client. */
export interface SearchContext {
  /** The map's store; its loading begins with the first call. */
  readonly storeOf: (map: string) => MapStore;
  readonly takeSteps: TakeSteps;
  /** Of the waiting for a text to stay as it is. */
  readonly timers: Timers;
  /** By map. */
  readonly definitions: Readonly<Record<string, SearchDefinitionInput>>;
  /** What a map holds, where the app has said it. */
  readonly schemaOf: (map: string) => MapSchema | undefined;
  readonly isClosed: () => boolean;
  /** What keeps indexes while the client is closed, of the user who is here. `null`: nothing does. */
  readonly savedIndexes: () => SavedIndexes | null;
  /** Where indexes are kept; `null`: on the page. */
  readonly startWorker: StartSearchHost | null;
  readonly log: (message: string, detail: unknown) => void;
  /** The standing request for a query; `null` without a server. */
  readonly subscriptionOf: (map: string, query: Query) => Subscription | null;
  /** An answer of the server is to be expected. */
  readonly mayAnswer: () => boolean;
  /** Asks the server, on one connection after another; what it returns gives up waiting. */
  readonly ask: (question: ServerQuestion, answered: (answer: ServerAnswer) => void) => () => void;
  /** Returns the end of it. */
  readonly onConnectionChange: (listener: () => void) => () => void;
}

/** A request that is kept answered. */
export interface LiveAnswer {
  stop(): void;
}

/** The search itself, which is loaded when somebody searches: an app that never does, does not pay for it. */
export interface SearchEngine {
  /** Calls `show` with the answer, and again whenever it differs, until it is stopped. @throws TopGunError `bad-search`, `no-search-fields` */
  follow(request: SearchRequest, show: (answer: AnyAnswer) => void): LiveAnswer;
  /** @throws TopGunError `bad-search`, `no-search-fields`, `closed` */
  answer(request: SearchRequest): Promise<AnyAnswer>;
  /** The client is closed. */
  stop(): void;
}
