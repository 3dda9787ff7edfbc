import type { TabGroup } from '../ports/tabs.js';

/**
 * CL-4: a group whose messages are heard from now on, though nobody listens yet: whoever listens first is told what came before, in its order, and nothing that comes
 * later is told before that. What is read of storage meanwhile, and what others have written since, are then both known.
 */
export function hearEarly(group: TabGroup): TabGroup {
  let early: unknown[] = [];
  let stop = group.onMessage((message) => void early.push(message));
  let isFirst = true;

  return {
    ...group,
    onMessage(listener) {
      if (!isFirst) return group.onMessage(listener);
      isFirst = false;
      let isListening = true;
      // In a turn of its own: who begins to listen is not ready to be told.
      void Promise.resolve().then(() => {
        stop();
        const waiting = early;
        early = [];
        if (!isListening) return;
        stop = group.onMessage(listener);
        for (const message of waiting) if (isListening) listener(message);
      });
      return () => {
        isListening = false;
        stop();
      };
    },
    leave() {
      early = [];
      group.leave();
    },
  };
}
