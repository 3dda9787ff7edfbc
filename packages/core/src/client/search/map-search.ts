import type { TakeSteps } from '../../query/index.js';
import {
  compileTexts,
  compileVector,
  TextTerms,
  type Lookup,
  type Ranked,
  type RankedNumbers,
  type Ranking,
  type RecordReader,
  type SearchDefinition,
  type SearchedTexts,
  type SentRecord,
} from '../../search/index.js';
import type { Timers } from '../ports/environment.js';
import type { SavedIndexes } from '../ports/storage.js';
import type { MapObserver, MapStore } from '../state/map-store.js';
import type { FoundNumbers, IndexHosts, IndexOwner, RemoteIndex } from './index-hosts.js';
import { KeyNumbers } from './key-numbers.js';

/** Wants to know what an index ranks, again and again. */
export interface IndexWatcher {
  readonly lookup: Lookup;
  /** Works out what shows, and shows it, in steps. */
  answer(ranking: Ranking): Iterator<void>;
  /** There is nothing to look at: another user's records are to come. */
  reset(): void;
  /** No index can be had, or (`null`) the client is closed. */
  fail(error: unknown): void;
}

export interface MapSearchOptions {
  readonly hosts: IndexHosts;
  readonly takeSteps: TakeSteps;
  readonly timers: Timers;
  /** Where they are kept meanwhile; `null`: nowhere. */
  readonly savedIndexes: () => SavedIndexes | null;
  /** The client is closed: no step is taken any more. */
  readonly isClosed: () => boolean;
}

/** What is known of what one watcher wants. */
interface Watch {
  /** The generation that it was asked in last. */
  seen: number;
  /** What was ranked, and in which version of the index. */
  ranked: { readonly version: number; readonly found: FoundNumbers } | null;
  /** Something is asked, or being worked out. */
  isBusy: boolean;
  cancel: () => void;
}

/** An index of fewer records is made as fast as it is loaded. */
export const SAVED_FROM_RECORDS = 1_000;
/** It is saved so long after it has become another. */
export const SAVE_AFTER_MS = 10_000;
/** So many of its records have to be other than they were saved. */
const SAVED_FROM_SHARE = 0.1;
/** So many characters go to the index in one message. */
const CHARACTERS_PER_MESSAGE = 32_768;

/**
 * The index of one map on this device, over what is visible of it, pending writes included. It follows the map while somebody watches, and catches up
 * otherwise. The index is somewhere else: this sends it what is searched, and works out by the values here what is shown of what it ranks. All work is
 * done in steps that others share the time with (`takeSteps`).
 */
export class MapSearch implements MapObserver, RecordReader {
  readonly definition: SearchDefinition;
  readonly words: TextTerms;
  readonly store: MapStore;
  readonly #options: MapSearchOptions;
  readonly #textsOf: (key: string, value: never) => SearchedTexts;
  readonly #vectorOf: (key: string, value: never) => Float32Array | null;
  readonly #numbers = new KeyNumbers();
  /** Changed since they were sent. Before the first filling all are. */
  readonly #dirty = new Set<string>();
  readonly #watches = new Map<IndexWatcher, Watch>();
  #index: RemoteIndex | null = null;
  #message: SentRecord[] = [];
  #characters = 0;
  /** Grows with whatever may change an answer, and with what changes the index. */
  #generation = 0;
  #version = 0;
  #isFilled = false;
  #isWorking = false;
  /** Records that are other than they were saved, and whether some are gone: with them went what was saved. */
  #unsaved = 0;
  #hasLost = false;
  #cancelSave: (() => void) | null = null;

  constructor(definition: SearchDefinition, store: MapStore, options: MapSearchOptions) {
    this.definition = definition;
    this.words = new TextTerms(definition);
    this.store = store;
    this.#options = options;
    this.#textsOf = compileTexts(definition.fields);
    this.#vectorOf = compileVector(definition.vectors);
    store.observe(this);
  }

  take(keys: readonly string[]): void {
    for (const key of keys) this.#dirty.add(key);
    // Without keys too: which records count may be another matter now.
    this.#generation++;
    if (this.store.status === 'loading') {
      for (const watcher of this.#watches.keys()) watcher.reset();
      // Another user's index begins with another user's records, and what was kept of it.
      this.#index?.close();
      this.#abandon();
    }
    // No step is taken any more that they could wait for.
    if (this.#options.isClosed()) for (const watcher of [...this.#watches.keys()]) watcher.fail(null);
    else this.#work();
  }

  /** Has the watcher answer once the index has all that is visible now, and after whatever changes it; until the returned function is called. */
  watch(watcher: IndexWatcher): () => void {
    this.#watches.set(watcher, { seen: -1, ranked: null, isBusy: false, cancel: () => {} });
    this.#work();
    return () => {
      this.#watches.get(watcher)?.cancel();
      this.#watches.delete(watcher);
    };
  }

  /** Has the watchers look again, though no record has changed. */
  touch(): void {
    this.take([]);
  }

  #work(): void {
    if (this.#isWorking || this.#watches.size === 0 || this.store.status !== 'loaded') return;
    this.#isWorking = true;
    if (this.#index !== null) return this.#options.takeSteps(this.#steps(this.#index));
    const saved = this.definition.hasFunctions ? null : this.#options.savedIndexes();
    if (saved === null) this.#begin(null);
    else void this.#load(saved);
  }

  async #load(saved: SavedIndexes): Promise<void> {
    const loaded = await saved.load(this.store.name, this.definition.fingerprint);
    // Meanwhile another user may be here.
    const isCurrent = this.store.status === 'loaded' && this.#options.savedIndexes() === saved;
    if (isCurrent) return this.#begin(loaded.ok ? loaded.value : null);
    this.#isWorking = false;
    this.#work();
  }

  #begin(saved: readonly string[] | null): void {
    this.#options.takeSteps(this.#steps((this.#index = this.#open(saved))));
  }

  *#steps(index: RemoteIndex): Iterator<void> {
    if (!this.#isFilled) {
      for (const key of [...this.store.values.keys()]) {
        if (this.#index !== index) break;
        this.#dirty.delete(key);
        this.#send(index, key);
        yield;
      }
      if (this.#index === index) this.#filled(index);
    }
    // What is written meanwhile is sent the next time: with it this might never end.
    const generation = this.#generation;
    let left = this.#dirty.size;
    for (const key of this.#dirty) {
      if (this.#index !== index || left-- === 0) break;
      this.#dirty.delete(key);
      this.#send(index, key);
      yield;
    }
    this.#isWorking = false;
    // Another index has to be told everything.
    if (this.#index !== index) return this.#work();
    this.#flush(index);
    for (const [watcher, watch] of this.#watches) this.#ask(index, watcher, watch, generation);
    this.#considerSaving();
    if (this.#generation !== generation) this.#work();
  }

  /** Off the page, and when nothing has been asked of it for a while: saving takes as long as some searches. */
  #considerSaving(): void {
    const { size } = this.store.values;
    const isDue = this.#unsaved >= size * SAVED_FROM_SHARE || this.#hasLost;
    const saved = this.#options.savedIndexes();
    if (this.#cancelSave !== null || saved === null || !isDue || size < SAVED_FROM_RECORDS) return;
    const index = this.#index;
    this.#cancelSave = this.#options.timers.after(SAVE_AFTER_MS, () => {
      this.#cancelSave = null;
      if (index === null || index !== this.#index) return;
      this.#unsaved = 0;
      this.#hasLost = false;
      index.save?.((parts) => {
        // Nothing depends on it: where it has no room the index is made anew.
        if (index === this.#index && !this.#hasLost)
          void saved.keep(this.store.name, this.definition.fingerprint, parts);
      });
    });
  }

  /** The client is closed. */
  stop(): void {
    this.#cancelSave?.();
  }

  #open(saved: readonly string[] | null): RemoteIndex {
    this.#isFilled = false;
    const isCurrent = (): boolean => this.#index === index;
    const owner: IndexOwner = {
      lost: () => {
        if (isCurrent()) this.#abandon();
        this.#work();
      },
      cleared: () => {
        if (!isCurrent()) return;
        this.#version++;
        this.#generation++;
        this.#work();
      },
      failed: (error) => {
        if (!isCurrent()) return;
        this.#abandon();
        for (const watcher of [...this.#watches.keys()]) watcher.fail(error);
      },
      filled: (changes) => {
        if (!isCurrent()) return;
        this.#unsaved += changes;
        this.#considerSaving();
      },
    };
    const index: RemoteIndex = this.#options.hosts.open(this.definition, owner, saved);
    return index;
  }

  #abandon(): void {
    this.#index = null;
    this.#message = [];
    this.#isFilled = false;
    this.#unsaved = 0;
    this.#hasLost = false;
    this.#cancelSave?.();
    this.#cancelSave = null;
    for (const watch of this.#watches.values()) Object.assign(watch, { seen: -1, ranked: null, isBusy: false });
  }

  #filled(index: RemoteIndex): void {
    this.#isFilled = true;
    this.#flush(index);
    index.filled();
  }

  #send(index: RemoteIndex, key: string): void {
    const value = this.store.values.get(key);
    const texts = value === undefined ? null : this.#textsOf(key, value as never);
    const vector = value === undefined ? null : this.#vectorOf(key, value as never);
    const number = this.#numbers.of(key);
    this.#message.push(vector === null ? [number, key, texts] : [number, key, texts, vector]);
    if (this.#isFilled) this.#unsaved++;
    if (texts === null) {
      this.#numbers.forget(key);
      this.#hasLost ||= this.#isFilled;
    }
    for (const text of texts ?? []) this.#characters += text?.length ?? 0;
    this.#characters += vector?.length ?? 0;
    this.#version++;
    if (this.#characters > CHARACTERS_PER_MESSAGE) this.#flush(index);
  }

  #flush(index: RemoteIndex): void {
    if (this.#message.length > 0) index.put(this.#message);
    this.#message = [];
    this.#characters = 0;
  }

  #ask(index: RemoteIndex, watcher: IndexWatcher, watch: Watch, generation: number): void {
    if (watch.isBusy || watch.seen >= generation) return;
    watch.isBusy = true;
    watch.seen = generation;
    const version = this.#version;
    if (watch.ranked?.version === version) return this.#answer(watcher, watch, watch.ranked.found);
    watch.cancel = index.rank(watcher.lookup, (found) => {
      watch.cancel = () => {};
      watch.ranked = { version, found };
      this.#answer(watcher, watch, found);
    });
  }

  #answer(watcher: IndexWatcher, watch: Watch, { text, near }: FoundNumbers): void {
    const rankedOf = ({ numbers, scores }: RankedNumbers): Ranked => ({
      length: numbers.length,
      keyAt: (place) => this.#numbers.key(numbers[place] as number),
      scoreAt: (place) => scores[place] as number,
    });
    const ranking = { text: rankedOf(text), near: rankedOf(near) };
    const isWanted = (): boolean => this.#watches.get(watcher) === watch && this.store.status === 'loaded';
    const finish = (): void => {
      watch.isBusy = false;
      this.#work();
    };
    function* steps(): Generator<void> {
      const answering = watcher.answer(ranking);
      while (isWanted() && answering.next().done !== true) yield;
      finish();
    }
    this.#options.takeSteps(steps());
  }
}
