/**
 * One value that views are projected from: what a view, a status badge or a list of rejections shows right now.
 * The shape is what React's `useSyncExternalStore` takes as it is: bound functions, a snapshot whose identity changes only with its content.
 */
export interface ViewStore<T> {
  readonly getState: () => T;
  /** The value the store was made with: the server snapshot. */
  readonly getInitialState: () => T;
  /** Replaces the value and calls the listeners at once; setting the identical value calls nobody. */
  readonly setState: (next: T) => void;
  readonly subscribe: (listener: (state: T, previous: T) => void) => () => void;
}
