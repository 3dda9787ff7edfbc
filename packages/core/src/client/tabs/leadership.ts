import type { TabGroup } from '../ports/tabs.js';

/** CL-4: at most one tab of a group leads: the one that holds the lock. */
export interface Leadership {
  /** Gives the leadership up, or the wait for it. */
  resign(): void;
}

/** Stands for election. `elected` runs when the lock is ours; it stays ours until `resign`, or until the tab ends. */
export function standForElection(group: TabGroup, name: string, elected: () => void): Leadership {
  let release: (() => void) | null = null;
  let resigned = false;
  const { cancel } = group.lock(`${name}:leader`, () => {
    if (resigned) return Promise.resolve();
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    elected();
    return held;
  });
  return {
    resign() {
      resigned = true;
      if (release === null) cancel();
      else release();
    },
  };
}
