import type {
  HostReport,
  HostRequest,
  Lookup,
  RankedNumbers,
  SearchDefinition,
  SentRecord,
} from '../../search/index.js';
import type { Timers } from '../ports/environment.js';
import type { SearchHostEvents, SearchHostLink, StartSearchHost } from '../ports/search-host.js';

/** Whoever keeps an index there hears what becomes of it. */
export interface IndexOwner {
  /** The index is gone, and what was asked of it: all of it has to be said again, to another. */
  lost(): void;
  /** Scores are a little different now. */
  cleared(): void;
  /** All that was put is in it: so many records were other than in what was saved. */
  filled(changes: number): void;
  /** Nowhere can an index be kept. */
  failed(error: unknown): void;
}

/** What has the words, and what is near. */
export interface FoundNumbers {
  readonly text: RankedNumbers;
  readonly near: RankedNumbers;
}

/** An index, wherever it is. */
export interface RemoteIndex {
  put(records: readonly SentRecord[]): void;
  filled(): void;
  /** Nobody needs it any more. */
  close(): void;
  /** It is off the page, where it may be saved: calls `keep` with its parts. */
  readonly save: ((keep: (parts: readonly string[]) => void) => void) | null;
  /** Returns what takes it back. */
  rank(lookup: Lookup, ranked: (found: FoundNumbers) => void): () => void;
}

export interface IndexHostsOptions {
  /** A worker; `null` where the platform has none. */
  readonly startWorker: StartSearchHost | null;
  /** The page itself: its code is fetched when it comes to that. */
  readonly loadLocal: () => Promise<(definitionOf: (index: number) => SearchDefinition | undefined) => StartSearchHost>;
  readonly timers: Timers;
  readonly log: (message: string, detail: unknown) => void;
}

/** A worker that has not begun to work by then is done without: some ways of not getting its file say nothing. */
export const WORKER_PATIENCE_MS = 5_000;

/** One place where indexes are kept, with those that are. */
interface Host {
  link: SearchHostLink | null;
  /** What was said before there was a link. */
  waiting: HostRequest[];
  readonly owners: Map<number, IndexOwner>;
  readonly asked: Map<number, (found: FoundNumbers) => void>;
  readonly saving: Map<number, { readonly parts: string[]; readonly keep: (parts: readonly string[]) => void }>;
  isReady: boolean;
}

/**
 * The places where this client's search indexes are kept: a worker, and the page for indexes whose words are made by functions. A worker that dies while it
 * works is begun once more; one that cannot be had, or dies again, is done without.
 */
export class IndexHosts {
  readonly #options: IndexHostsOptions;
  readonly #functions = new Map<number, SearchDefinition>();
  #worker: Host | null = null;
  #page: Host | null = null;
  #deaths = 0;
  #indexes = 0;
  #asks = 0;
  #isStopped = false;

  constructor(options: IndexHostsOptions) {
    this.#options = options;
  }

  /** `saved`: the parts of what was kept of it. */
  open(definition: SearchDefinition, owner: IndexOwner, saved: readonly string[] | null = null): RemoteIndex {
    const index = ++this.#indexes;
    const host = this.#hostFor(definition, index);
    host.owners.set(index, owner);
    const { fields, stopWords, vectors } = definition;
    const post = (request: HostRequest): void => postTo(host, request);
    const sent = { fields: fields.map(({ name }) => name), stopWords };
    const field = vectors === null ? {} : { vectors: { field: vectors.field, dimensions: vectors.dimensions } };
    const kept = saved ?? [];
    post({ type: 'open', index, definition: { ...sent, ...field }, isKept: kept.length > 0 });
    kept.forEach((text, i) => post({ type: 'part', index, text, isLast: i === kept.length - 1 }));
    return {
      put: (records) => post({ type: 'put', index, records }),
      filled: () => post({ type: 'filled', index }),
      close: () => {
        if (host.owners.delete(index)) post({ type: 'close', index });
        this.#functions.delete(index);
      },
      save:
        host === this.#page
          ? null
          : (keep) => {
              const ask = ++this.#asks;
              host.saving.set(ask, { parts: [], keep });
              post({ type: 'save', index, ask });
            },
      rank: (lookup, ranked) => {
        const ask = ++this.#asks;
        host.asked.set(ask, ranked);
        const { terms, boosts, prefix, fuzzy, combineWith, vector } = lookup;
        post({ type: 'rank', index, ask, lookup: { terms, boosts, prefix, fuzzy, combineWith, vector } });
        return () => {
          if (host.asked.delete(ask)) post({ type: 'cancel', ask });
        };
      },
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#worker?.link?.stop();
    this.#page?.link?.stop();
  }

  #hostFor(definition: SearchDefinition, index: number): Host {
    const { startWorker } = this.#options;
    const isSendable = !definition.hasFunctions;
    if (startWorker !== null && isSendable && this.#deaths < 2) {
      const host = this.#worker ?? this.#begin(startWorker, (died) => this.#workerDied(died));
      if (host !== null) return (this.#worker = host);
      this.#deaths = 2;
    }
    if (!isSendable) this.#functions.set(index, definition);
    return (this.#page ??= this.#beginOnPage());
  }

  #begin(start: StartSearchHost, died: (host: Host) => void): Host | null {
    const host = emptyHost();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      died(host);
    };
    const events = eventsOf(host, end);
    const link = (host.link = start(events));
    if (link === null) return null;
    const cancel = this.#options.timers.after(WORKER_PATIENCE_MS, () => {
      if (host.isReady) return;
      link.stop();
      events.died('it does not begin');
    });
    return host;
  }

  #beginOnPage(): Host {
    const host = emptyHost();
    const end = (error: unknown): void => {
      if (this.#page === host) this.#page = null;
      for (const owner of host.owners.values()) owner.failed(error);
    };
    this.#options.loadLocal().then((local) => {
      if (this.#isStopped) return;
      host.link = local((index) => this.#functions.get(index))(eventsOf(host, end));
      for (const request of host.waiting.splice(0)) host.link?.post(request);
    }, end);
    return host;
  }

  #workerDied(host: Host): void {
    // One that has never worked will not work the next time either.
    this.#deaths += host.isReady ? 1 : 2;
    if (this.#worker === host) this.#worker = null;
    this.#options.log('The search goes on without its worker, or with another.', host.isReady);
    for (const owner of host.owners.values()) owner.lost();
  }
}

const emptyHost = (): Host => ({
  link: null,
  waiting: [],
  owners: new Map(),
  asked: new Map(),
  saving: new Map(),
  isReady: false,
});

function postTo(host: Host, request: HostRequest): void {
  if (host.link === null) host.waiting.push(request);
  else host.link.post(request);
}

function eventsOf(host: Host, died: (reason: string) => void): SearchHostEvents {
  return {
    died(reason) {
      host.asked.clear();
      host.saving.clear();
      died(reason);
    },
    report(report: HostReport) {
      host.isReady = true;
      if (report.type === 'cleared') host.owners.get(report.index)?.cleared();
      if (report.type === 'filled') host.owners.get(report.index)?.filled(report.changes);
      if (report.type === 'saved') takeSaved(host, report);
      if (report.type !== 'ranked') return;
      const ranked = host.asked.get(report.ask);
      host.asked.delete(report.ask);
      ranked?.(report);
    },
  };
}

function takeSaved(host: Host, { ask, part, isLast }: Extract<HostReport, { readonly type: 'saved' }>): void {
  const saving = host.saving.get(ask);
  saving?.parts.push(part);
  if (!isLast || saving === undefined) return;
  host.saving.delete(ask);
  saving.keep(saving.parts);
}
