import type { Value } from '@topgun/core/primitives';
import { SearchIndex, type Approximate, type RecordReader, type SearchDefinition } from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import { loadKept, saveKept, type KeptIndex } from './kept-index.js';

/** So much is put into an index in one turn of the event loop (`SearchIndex.work`): about a hundredth of a second at most. */
const WORK_PER_TURN = 16_384;
/** And so much, in one turn, for those who cannot wait for the next. */
const WORK_AT_ONCE = 4_096;
/** So many steps of clearing away are taken in one: three milliseconds. */
const VACUUM_STEPS_PER_TURN = 64;
/** SE-63: so many steps for an approximate index of vectors, and the thread is left to others for so long before each turn of them. */
const APPROXIMATE_STEPS_PER_TURN = 2;
const APPROXIMATE_REST_MS = 4;
/** SE-46: an index of fewer records is made as fast as it is loaded. */
export const KEPT_FROM_RECORDS = 1_000;
/** So many of its records have to be other than they were kept, or one gone. */
const KEPT_FROM_SHARE = 0.1;
/** It is kept so long after it was made, and later at most that often. */
export const KEEP_AFTER_MS = 10_000;
export const KEEP_EVERY_MS = 600_000;
/** How long an index is kept that no view needs: to make it may take a minute. */
export const INDEX_LINGER_MS = 600_000;

export interface MapIndexParts {
  readonly definition: SearchDefinition;
  readonly keys: () => Iterable<string>;
  /** As of the last commit, whoever asks. */
  readonly valueOf: (key: string) => Value | undefined;
  /** `null`: it is made at once, and kept for nobody. */
  readonly timers: Timers | null;
  readonly onUnused: () => void;
  /** Left out, it is made anew each time. */
  readonly kept?: KeptIndex | undefined;
  /** SE-63: where there is an approximate index for many vectors. Left out, all are compared. */
  readonly approximate?: Approximate | undefined;
}

/**
 * SE-43: the search index of one map, over all its records. Made when it is first asked for, turn by turn. What commits change is noted, and goes into it
 * in turns of their own, or in steps before it is asked anything (`currentSteps`): no commit waits for it.
 */
export class MapIndex {
  #index: SearchIndex;
  /** Changed since it was indexed. */
  readonly #changed = new Set<string>();
  /** Goes through them once and for all: from the front it would meet those that have been taken again and again. */
  #due: Iterator<string> | null = null;
  /** What changed first is on its way into the index. */
  #putting: Generator<void, boolean> | null = null;
  /** So many changes have gone into it. */
  #taken = 0;
  /** So much may be done at once in this turn. */
  #left = WORK_AT_ONCE;
  #isArmed = false;
  readonly #parts: MapIndexParts;
  readonly #users = new Set<object>();
  #waiting: (() => void)[] = [];
  #steps: Iterator<void> | null = null;
  #cancel = (): void => {};
  #isVacuuming = false;
  #isApproximating = false;
  #isLoading = false;
  #isDropped = false;
  /** How far the index had come when it was kept last; `null`: what is kept is of no use. */
  #keptAt: Pick<SearchIndex, 'changes' | 'removals'> | null = null;
  #keepAfterMs = KEEP_AFTER_MS;
  #isKeeping = false;
  #cancelKeeping = (): void => {};

  constructor(parts: MapIndexParts) {
    const { approximate, definition, kept, timers } = parts;
    this.#parts = parts;
    this.#index = new SearchIndex(definition, approximate);
    if (timers === null || kept === undefined) this.#steps = this.#fill();
    if (timers === null) this.#take(Infinity);
    else if (kept === undefined) this.#arm(timers);
    else {
      this.#isLoading = true;
      void this.#load(kept, timers);
    }
  }

  /** The keys of now: what comes later is told of. */
  #fill(): Iterator<void> {
    const { keys, valueOf } = this.#parts;
    return this.#index.fill([...keys()], valueOf);
  }

  async #load(kept: KeptIndex, timers: Timers): Promise<void> {
    const { approximate, definition } = this.#parts;
    const loaded = await loadKept(kept, SearchIndex.loading(definition, approximate), timers);
    this.#isLoading = false;
    if (this.#isDropped) return;
    if (loaded !== null) {
      this.#index = loaded;
      this.#keptAt = { changes: loaded.changes, removals: loaded.removals };
    }
    // What is here is never trusted: every record is compared with it, by what tells texts apart.
    this.#steps = this.#fill();
    this.#arm(timers);
    if (this.#isBehind) this.#armChanged(timers);
  }

  /** As far as it has come. */
  get index(): SearchIndex {
    return this.#index;
  }

  /** Something has been committed that it does not have. */
  get #isBehind(): boolean {
    return this.#putting !== null || this.#changed.size > 0;
  }

  /** True: it is as of the last commit, perhaps because what was missing was little enough to be taken at once. */
  catchUp(): boolean {
    const before = this.#index.work;
    if (this.#isBehind && !this.#isLoading) this.#takeChanged(this.#left);
    this.#left -= this.#index.work - before;
    return !this.#isBehind;
  }

  /** Takes what has changed by the first step, in steps. After the last it has all that was committed by then. */
  *currentSteps(): Generator<void> {
    const upTo = this.#taken + this.#changed.size + (this.#putting === null ? 0 : 1);
    while (this.#taken < upTo && this.#stepChanged()) yield;
  }

  /** How it reads records, whatever it holds. */
  get reader(): RecordReader {
    return this.#index;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#index.bytes;
  }

  /** It has all records. */
  get isReady(): boolean {
    return this.#steps === null && !this.#isLoading;
  }

  /** Calls it once the index has all records. */
  whenReady(ready: () => void): void {
    if (this.isReady) ready();
    else this.#waiting.push(ready);
  }

  /** The record is as it is now. */
  change(key: string): void {
    this.#changed.add(key);
    const { timers } = this.#parts;
    if (timers === null) this.#takeChanged(Infinity);
    // Until it is loaded there is nothing that they could go into.
    else if (!this.#isLoading) this.#armChanged(timers);
  }

  #armChanged(timers: Timers): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    timers.after(0, () => {
      this.#isArmed = false;
      if (this.#isDropped) return;
      this.#left = WORK_AT_ONCE;
      this.#takeChanged(WORK_PER_TURN);
      if (this.#isBehind) this.#armChanged(timers);
    });
  }

  #takeChanged(work: number): void {
    const upTo = this.#index.work + work;
    while (this.#index.work < upTo && this.#stepChanged());
    if (this.#isBehind) return;
    this.#vacuum();
    this.#approximate();
    this.#considerKeeping();
  }

  /** A step of what has changed, as it is when its turn comes: what was changed twice is indexed once. False: nothing is left. */
  #stepChanged(): boolean {
    this.#putting ??= this.#nextChanged();
    if (this.#putting === null) return false;
    if (this.#putting.next().done !== true) return true;
    this.#putting = null;
    this.#taken++;
    return true;
  }

  #nextChanged(): Generator<void, boolean> | null {
    this.#due ??= this.#changed.values();
    const { done, value: key } = this.#due.next();
    if (done === true) {
      this.#due = null;
      return null;
    }
    this.#changed.delete(key);
    return this.#index.putSteps(key, this.#parts.valueOf(key));
  }

  /** SE-46: when nothing has changed for a turn. */
  #considerKeeping(): void {
    const { kept, timers } = this.#parts;
    const { changes, removals, size } = this.#index;
    if (kept === undefined || timers === null || !this.isReady || this.#isKeeping || size < KEPT_FROM_RECORDS) return;
    const before = this.#keptAt;
    if (before !== null && changes - before.changes < size * KEPT_FROM_SHARE && removals === before.removals) return;
    this.#isKeeping = true;
    this.#cancelKeeping = timers.after(this.#keepAfterMs, () => void this.#keep(kept, timers));
  }

  async #keep(kept: KeptIndex, timers: Timers): Promise<void> {
    const index = this.#index;
    const { changes, removals } = index;
    const isSame = (): boolean => index.changes === changes && !this.#isDropped;
    // What is on its way would be in it by halves.
    const isKept = !this.#isBehind && isSame() && (await saveKept(kept, index, timers, isSame));
    if (isKept) this.#keptAt = { changes, removals };
    this.#keepAfterMs = isKept ? KEEP_EVERY_MS : KEEP_AFTER_MS;
    this.#isKeeping = false;
    if (!this.#isDropped) this.#considerKeeping();
  }

  #vacuum(): void {
    if (this.#isVacuuming || !this.isReady || !this.#index.isLittered) return;
    this.#isVacuuming = true;
    this.#takeVacuum(this.#index.vacuumSteps());
  }

  #takeVacuum(steps: Iterator<void>): void {
    const { timers } = this.#parts;
    const most = timers === null ? Infinity : VACUUM_STEPS_PER_TURN;
    let isOver = false;
    for (let taken = 0; taken < most && !isOver; taken++) isOver = this.#isDropped || steps.next().done === true;
    if (isOver) this.#isVacuuming = false;
    else timers?.after(0, () => this.#takeVacuum(steps));
  }

  /** SE-63: turn by turn, as nobody waits for it: what it lacks is compared. */
  #approximate(): void {
    const { timers } = this.#parts;
    if (this.#isApproximating || timers === null || !this.isReady || !this.#index.isApproximateBehind) return;
    this.#isApproximating = true;
    this.#takeApproximate(this.#index.approximateSteps(), timers);
  }

  #takeApproximate(steps: Iterator<void>, timers: Timers): void {
    timers.after(APPROXIMATE_REST_MS, () => {
      let isOver = this.#isDropped;
      for (let taken = 0; taken < APPROXIMATE_STEPS_PER_TURN && !isOver; taken++) isOver = steps.next().done === true;
      if (isOver) this.#isApproximating = false;
      else this.#takeApproximate(steps, timers);
    });
  }

  /** A view needs it, or somebody waits for it. */
  get isUsed(): boolean {
    return this.#users.size > 0 || !this.isReady;
  }

  /** Nobody gets it any more. */
  drop(): void {
    this.#cancel();
    this.#end();
  }

  #end(): void {
    this.#isDropped = true;
    this.#cancelKeeping();
    this.#parts.onUnused();
  }

  use(user: object): void {
    this.#users.add(user);
    if (this.isReady) this.#cancel();
  }

  release(user: object): void {
    if (this.#users.delete(user)) this.#lingerUnused();
  }

  #lingerUnused(): void {
    if (this.#users.size > 0) return;
    const { timers } = this.#parts;
    if (timers === null) this.#end();
    else this.#cancel = timers.after(INDEX_LINGER_MS, () => this.#users.size === 0 && this.#end());
  }

  #arm(timers: Timers): void {
    this.#cancel = timers.after(0, () => {
      this.#take(WORK_PER_TURN);
      if (!this.isReady) this.#arm(timers);
    });
  }

  #take(work: number): void {
    const upTo = this.#index.work + work;
    while (this.#steps !== null) {
      if (this.#index.work >= upTo) return;
      if (this.#steps.next().done === true) this.#steps = null;
    }
    for (const ready of this.#waiting.splice(0)) ready();
    this.#approximate();
    this.#considerKeeping();
    // Whoever wanted it may be gone.
    if (this.#parts.timers !== null) this.#lingerUnused();
  }
}
