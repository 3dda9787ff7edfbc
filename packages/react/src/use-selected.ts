import { useEffect, useMemo, useRef } from 'react';

import { isShallowEqual } from './is-shallow-equal.js';
import { useSnapshot, type SnapshotSource } from './use-snapshot.js';

/** What is shown next: `before` itself when nothing differs, or `next`, with those parts of `before` that are the same. */
type Share<R> = (before: R, next: R) => R;

/**
 * A part of a source. What `select` returns keeps its identity while nothing about it differs, from render to render too, so an inline selector may
 * build objects. Renders again only when something does.
 */
export function useSelected<T, R>(source: SnapshotSource<T>, select: (value: T) => R, share: Share<R> = shareWhole): R {
  // What the last committed render showed. Written after the commit alone, so a render that is thrown away leaves no trace.
  const shown = useRef<{ readonly value: R } | null>(null);
  const selected = useMemo(() => {
    const remembered = (read: () => T): (() => R) => {
      let last: { readonly from: T; readonly value: R } | null = null;
      return () => {
        const from = read();
        if (last !== null && Object.is(last.from, from)) return last.value;
        const next = select(from);
        const before = last ?? shown.current;
        last = { from, value: before === null ? next : share(before.value, next) };
        return last.value;
      };
    };
    return {
      subscribe: source.subscribe,
      getSnapshot: remembered(source.getSnapshot),
      getServerSnapshot: remembered(source.getServerSnapshot),
    };
  }, [source, select, share]);
  const value = useSnapshot(selected);
  useEffect(() => {
    shown.current = { value };
  }, [value]);
  return value;
}

const shareWhole = <R>(before: R, next: R): R => (isShallowEqual(before, next) ? before : next);
