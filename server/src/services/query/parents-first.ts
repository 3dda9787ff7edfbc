import type { RecordChange } from '../crdt/overlay.js';
import type { LiveView } from './live-view.js';

type Concerned = Map<LiveView, readonly RecordChange[]>;

/**
 * QU-45: what one commit means, view by view, in the order that lets each be told once: before a view come those it stands on. Whoever
 * iterates applies each view before asking for the next; a view whose parent's rows have changed gets its turn even if nobody wrote to it.
 */
export function* parentsFirst(concerned: ReadonlyMap<LiveView, readonly RecordChange[]>): Generator<TurnOfView> {
  const levels: Concerned[] = [];
  const levelOf = (depth: number): Concerned => (levels[depth] ??= new Map());
  for (const [view, changes] of concerned) levelOf(view.depth).set(view, changes);
  for (let depth = 0; depth < levels.length; depth += 1) {
    for (const [view, changes] of levelOf(depth)) {
      // What happened to another view may have ended it.
      if (view.isDropped) continue;
      yield [view, changes];
      for (const [dependent, rows] of view.dependents) {
        const level = levelOf(depth + 1);
        if (rows.isBehind && !level.has(dependent)) level.set(dependent, []);
      }
    }
  }
}

export type TurnOfView = readonly [view: LiveView, changes: readonly RecordChange[]];
