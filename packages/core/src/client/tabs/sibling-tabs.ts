import type { Timers } from '../ports/environment.js';

/** How often the leader asks who is still there. */
export const ROLL_CALL_MS = 30_000;

/**
 * CL-4: the tabs a leader serves. Liveness is a reply to a ping: a tab that has not said anything between two roll calls is
 * gone (or frozen: then it says hello again when it thaws).
 */
export interface SiblingTabs {
  /** The tab has said something. False: it is not known. */
  heard(tab: string): boolean;
  add(tab: string): void;
  remove(tab: string): void;
  isEmpty(): boolean;
  stop(): void;
}

export function createSiblingTabs(options: {
  readonly timers: Timers;
  readonly ping: () => void;
  readonly onGone: (tab: string) => void;
  /** Each time, after the ones that are gone. */
  readonly onRollCall: () => void;
}): SiblingTabs {
  const tabs = new Map<string, { heard: boolean }>();
  let cancel = schedule();

  function schedule(): () => void {
    return options.timers.after(ROLL_CALL_MS, () => {
      for (const [tab, { heard }] of tabs) {
        if (heard) continue;
        tabs.delete(tab);
        options.onGone(tab);
      }
      for (const presence of tabs.values()) presence.heard = false;
      options.ping();
      options.onRollCall();
      cancel = schedule();
    });
  }

  return {
    heard(tab) {
      const presence = tabs.get(tab);
      if (presence === undefined) return false;
      presence.heard = true;
      return true;
    },
    add(tab) {
      tabs.set(tab, { heard: true });
    },
    remove(tab) {
      if (tabs.delete(tab)) options.onGone(tab);
    },
    isEmpty: () => tabs.size === 0,
    stop() {
      cancel();
    },
  };
}
