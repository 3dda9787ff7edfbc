import type { SearchIndex } from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { IndexName, IndexStore } from '../../ports/index-store.js';

/** Parts of an index that are read or written in one turn of the event loop: some milliseconds. */
const PARTS_PER_TURN = 4;

/** Where the index of a map is kept. */
export interface KeptIndex {
  readonly store: IndexStore;
  /** As it is called now: under another name of the history, or for another schema, it is another. */
  readonly name: () => IndexName;
  /** Whatever goes wrong is said here, and is no harm. */
  readonly log: (message: string, reason: unknown) => void;
}

const nextTurn = (timers: Timers): Promise<void> => new Promise((resolve) => timers.after(0, resolve));

/** What is kept, as an index; `null` where there is none of use. Records are to be compared with it. */
export async function loadKept(
  { store, name, log }: KeptIndex,
  loading: ReturnType<typeof SearchIndex.loading>,
  timers: Timers,
): Promise<SearchIndex | null> {
  let parts = 0;
  try {
    for await (const part of store.read(name())) {
      if (!loading.take(part)) break;
      if (++parts % PARTS_PER_TURN === 0) await nextTurn(timers);
    }
  } catch (error) {
    log('what is kept of a search index cannot be read; it is made anew', error);
    return null;
  }
  return loading.finish();
}

/** Keeps the index; false where it could not be, or has become another meanwhile. `isSame`: it is still what it was at the beginning. */
export async function saveKept(
  { store, name, log }: KeptIndex,
  index: SearchIndex,
  timers: Timers,
  isSame: () => boolean,
): Promise<boolean> {
  async function* parts(): AsyncIterable<string> {
    let count = 0;
    for (const part of index.saveParts()) {
      yield part;
      if (++count % PARTS_PER_TURN === 0) await nextTurn(timers);
      if (!isSame()) throw CHANGED;
    }
  }
  try {
    await store.write(name(), parts());
    return true;
  } catch (error) {
    if (error !== CHANGED) log('a search index cannot be kept; it will be made anew', error);
    return false;
  }
}

const CHANGED = new Error('the index has changed');
