import { assertNever } from '@topgun/core/primitives';
import {
  joinParts,
  joinShares,
  type IndexShare,
  type JoinedParts,
  type RankedPart,
  type SearchQuery,
} from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { SearchCommand, SearchEvent, ShownKeys } from '../../ports/partition-host.js';
import { SEARCH_PAUSE_MS } from '../../services/query/search-turns.js';

/** What a host is told, but for who says it. */
export type SearchStep = SearchCommand extends infer Command
  ? Command extends SearchCommand
    ? Omit<Command, 'session'>
    : never
  : never;

export interface JointSearchOptions {
  readonly members: number;
  readonly query: SearchQuery;
  readonly timers: Timers;
  readonly send: (member: number, step: SearchStep) => void;
  /** Every host shows what it is to show, and has told of it. */
  readonly onShown: (found: JoinedParts) => void;
}

type Step =
  | { readonly type: 'idle' }
  /** It begins after a pause. */
  | { readonly type: 'due'; readonly cancel: () => void }
  | { readonly type: 'sharing'; readonly shares: Map<number, IndexShare> }
  | { readonly type: 'ranking'; readonly parts: Map<number, RankedPart> }
  | { readonly type: 'showing'; readonly found: JoinedParts; readonly awaited: Set<number> };

/**
 * SE-70: one search over several hosts. A run has three steps, each taken by all hosts: what their indexes have of what is scored, what they find by the scores that all of them together
 * give, and which of their records show. It is run again some time after any of them has said that a commit changed what it finds (SE-71). Holds no records.
 */
export class JointSearch {
  readonly #options: JointSearchOptions;
  #step: Step = { type: 'idle' };
  #run = 0;
  /** Something has changed since it was begun. */
  #isStale = false;
  #isStopped = false;

  constructor(options: JointSearchOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#run += 1;
    this.#isStale = false;
    this.#step = { type: 'sharing', shares: new Map() };
    this.#toAll(() => ({ type: 'share-search', run: this.#run }));
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#step.type === 'due') this.#step.cancel();
  }

  take(member: number, event: SearchEvent): void {
    if (this.#isStopped) return;
    if (event.type === 'search-changed') return this.#changed();
    if (event.run !== this.#run) return;
    const step = this.#step;
    switch (event.type) {
      case 'search-shared':
        if (step.type !== 'sharing') return;
        step.shares.set(member, event.share);
        if (step.shares.size === this.#options.members) this.#rank(step.shares);
        return;
      case 'search-ranked':
        if (step.type !== 'ranking') return;
        step.parts.set(member, event.part);
        if (step.parts.size === this.#options.members) this.#show(step.parts);
        return;
      case 'search-shown':
        if (step.type === 'showing' && step.awaited.delete(member) && step.awaited.size === 0) this.#shown(step.found);
        return;
      default:
        assertNever(event);
    }
  }

  #changed(): void {
    if (this.#step.type === 'idle') this.#beginLater();
    else this.#isStale = true;
  }

  #beginLater(): void {
    this.#step = { type: 'due', cancel: this.#options.timers.after(SEARCH_PAUSE_MS, () => this.begin()) };
  }

  #rank(shares: ReadonlyMap<number, IndexShare>): void {
    const all = joinShares([...shares.values()]);
    this.#step = { type: 'ranking', parts: new Map() };
    this.#toAll(() => ({ type: 'rank-search', run: this.#run, all }));
  }

  #show(parts: ReadonlyMap<number, RankedPart>): void {
    const { members, query } = this.#options;
    const found = joinParts(
      Array.from({ length: members }, (_, member) => parts.get(member) as RankedPart),
      query,
    );
    const { reach, shownOf, total } = found;
    this.#step = { type: 'showing', found, awaited: new Set(shownOf.keys()) };
    this.#toAll((member) => {
      const shown: ShownKeys = { keys: shownOf[member] ?? [], total, ...(reach === undefined ? {} : { reach }) };
      return { type: 'show-search', run: this.#run, shown };
    });
  }

  #shown(found: JoinedParts): void {
    this.#step = { type: 'idle' };
    if (this.#isStale) this.#beginLater();
    this.#options.onShown(found);
  }

  #toAll(stepOf: (member: number) => SearchStep): void {
    for (let member = 0; member < this.#options.members; member += 1) this.#options.send(member, stepOf(member));
  }
}
