import type { TabGroup } from '../ports/tabs.js';

/** CL-4: at most one tab of a group leads: the one that holds the lock. */
export interface Leadership {
  /** Takes the lock from the tab that leads. */
  steal(): void;
  /** Gives the leadership up, or the wait for it. */
  resign(): void;
}

export interface Candidate {
  /** The lock is ours. It stays so until `resign`, until the tab ends, or until `robbed`. */
  readonly elected: () => void;
  /** Another tab has taken it: there is nothing left to resign from. */
  readonly robbed: () => void;
}

export const leaderLock = (name: string): string => `${name}:leader`;

/** Stands for election, once: whoever was robbed stands again. */
export function standForElection(group: TabGroup, name: string, { elected, robbed }: Candidate): Leadership {
  let release: (() => void) | null = null;
  let isOver = false;

  function held(lost: Promise<void>): Promise<void> {
    if (isOver || release !== null) return Promise.resolve();
    const holding = new Promise<void>((resolve) => {
      release = resolve;
    });
    void lost.then(() => {
      if (isOver) return;
      isOver = true;
      robbed();
    });
    elected();
    return holding;
  }

  const waiting = group.lock(leaderLock(name), held);
  return {
    steal() {
      if (isOver || release !== null || group.stealing === null) return;
      // Or this tab would wait behind itself.
      waiting.cancel();
      group.stealing.steal(leaderLock(name), held);
    },
    resign() {
      isOver = true;
      if (release === null) waiting.cancel();
      else release();
    },
  };
}
