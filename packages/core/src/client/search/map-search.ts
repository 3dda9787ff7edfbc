import type { TakeSteps } from '../../query/index.js';
import { SearchIndex, type SearchDefinition } from '../../search/index.js';
import type { MapObserver, MapStore } from '../state/map-store.js';

/** Looks at the index again. `reset`: there is nothing to look at, another user's records are to come. */
export interface IndexWatcher {
  run(): void;
  reset(): void;
}

export interface MapSearchOptions {
  readonly takeSteps: TakeSteps;
  /** The client is closed: no step is taken any more. */
  readonly isClosed: () => boolean;
}

/**
 * The index of one map on this device, over what is visible of it, pending writes included. It follows the map while somebody watches or waits, and
 * catches up otherwise. All work is done in steps that others share the time with (`takeSteps`).
 */
export class MapSearch implements MapObserver {
  readonly index: SearchIndex;
  readonly store: MapStore;
  readonly #takeSteps: TakeSteps;
  readonly #isClosed: () => boolean;
  /** Changed since they were indexed. Before the first filling all are. */
  readonly #dirty = new Set<string>();
  /** With the generation that each has looked at. */
  readonly #watchers = new Map<IndexWatcher, number>();
  #waiting: (() => void)[] = [];
  #generation = 0;
  #isFilled = false;
  #isWorking = false;
  #isVacuuming = false;

  constructor(definition: SearchDefinition, store: MapStore, { takeSteps, isClosed }: MapSearchOptions) {
    this.index = new SearchIndex(definition);
    this.store = store;
    this.#takeSteps = takeSteps;
    this.#isClosed = isClosed;
    store.observe(this);
  }

  take(keys: readonly string[]): void {
    for (const key of keys) this.#dirty.add(key);
    // Without keys too: which records count may be another matter now.
    this.#generation++;
    if (this.store.status === 'loading') for (const watcher of this.#watchers.keys()) watcher.reset();
    // No step is taken any more that they could wait for.
    if (this.#isClosed()) this.#release();
    else this.#work();
  }

  /** Runs the watcher once the index has all that is visible now, and after whatever changes it; until the returned function is called. */
  watch(watcher: IndexWatcher): () => void {
    this.#watchers.set(watcher, -1);
    this.#work();
    return () => this.#watchers.delete(watcher);
  }

  /** Has the watchers look again, though no record has changed. */
  touch(): void {
    this.take([]);
  }

  /** Resolves when the index has all that is visible; or when somebody gives up on the map (look at its status). */
  async whenCurrent(): Promise<void> {
    await this.store.whenLoaded();
    if (this.store.status !== 'loaded') return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#work();
    });
  }

  #work(): void {
    if (this.#isWorking || this.store.status !== 'loaded') return;
    if (this.#watchers.size === 0 && this.#waiting.length === 0) return;
    this.#isWorking = true;
    this.#takeSteps(this.#steps());
  }

  *#steps(): Iterator<void> {
    const { index, store } = this;
    const valueOf = (key: string) => store.values.get(key);
    if (!this.#isFilled) {
      yield* { [Symbol.iterator]: () => index.fill([...store.values.keys()], valueOf) };
      this.#isFilled = true;
    }
    for (;;) {
      for (const key of this.#dirty) {
        this.#dirty.delete(key);
        index.put(key, valueOf(key));
        yield;
      }
      // Meanwhile others may have written. Nobody looks at an index that lacks what is shown.
      if (this.#dirty.size > 0) continue;
      this.#release();
      const watcher = this.#behind();
      if (watcher === undefined) break;
      this.#watchers.set(watcher, this.#generation);
      if (store.status === 'loaded') watcher.run();
      yield;
    }
    this.#isWorking = false;
    this.#vacuum();
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Who has waited for longest. */
  #behind(): IndexWatcher | undefined {
    let behind: IndexWatcher | undefined;
    let oldest = this.#generation;
    for (const [watcher, seen] of this.#watchers) {
      if (seen >= oldest) continue;
      behind = watcher;
      oldest = seen;
    }
    return behind;
  }

  #vacuum(): void {
    if (this.#isVacuuming || !this.index.isLittered) return;
    this.#isVacuuming = true;
    void this.index.vacuum().then(() => {
      this.#isVacuuming = false;
      // Scores are a little different now.
      this.#generation++;
      this.#work();
    });
  }
}
