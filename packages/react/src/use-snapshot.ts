import { useSyncExternalStore } from 'react';

/** What a hook is a projection of. `getSnapshot` keeps its identity while nothing changed. */
export interface SnapshotSource<T> {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => T;
  /** What a server renders, and the browser while it hydrates that. */
  readonly getServerSnapshot: () => T;
}

/**
 * The one bridge between the client and React: every hook is a source, remembered by what names it, and this. Nothing is subscribed
 * to before React commits, so a render that is thrown away leaves no trace.
 */
export function useSnapshot<T>(source: SnapshotSource<T>): T {
  return useSyncExternalStore(source.subscribe, source.getSnapshot, source.getServerSnapshot);
}

const NOTHING = (): void => {};

/** A source that never changes: what a disabled hook shows. */
export const constantSource = <T>(value: T): SnapshotSource<T> => ({
  subscribe: () => NOTHING,
  getSnapshot: () => value,
  getServerSnapshot: () => value,
});
