import type { SnapshotSource } from './use-snapshot.js';

/** A part of a source. What `select` returns keeps its identity while it is shallowly equal, so a selector may build objects. */
export function selectFrom<T, R>(source: SnapshotSource<T>, select: (value: T) => R): SnapshotSource<R> {
  const remembered = (read: () => T): (() => R) => {
    let last: { readonly from: T; readonly selected: R } | null = null;
    return () => {
      const from = read();
      if (last !== null && Object.is(last.from, from)) return last.selected;
      const next = select(from);
      const selected = last !== null && isShallowEqual(last.selected, next) ? last.selected : next;
      last = { from, selected };
      return selected;
    };
  };
  return {
    subscribe: source.subscribe,
    getSnapshot: remembered(source.getSnapshot),
    getServerSnapshot: remembered(source.getServerSnapshot),
  };
}

function isShallowEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Uint8Array) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && Object.is(Reflect.get(a, name), Reflect.get(b, name)));
}
