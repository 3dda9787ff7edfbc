/** Runs tasks one at a time. Urgent ones go before all others that wait, and each kind keeps its order. */
export interface Turns {
  run<T>(urgency: 'urgent' | 'patient', task: () => Promise<T>): Promise<T>;
}

/**
 * `pause` lets the event loop turn once: before each patient task, so that an urgent one whose message has arrived
 * meanwhile is known and goes first.
 */
export function createTurns(pause: () => Promise<void>): Turns {
  const urgent: (() => Promise<void>)[] = [];
  const patient: (() => Promise<void>)[] = [];
  let running = false;

  const work = async (): Promise<void> => {
    running = true;
    while (urgent.length + patient.length > 0) {
      if (urgent.length === 0) await pause();
      const next = urgent.shift() ?? patient.shift();
      await next?.();
    }
    running = false;
  };

  return {
    run(urgency, task) {
      return new Promise((resolve, reject) => {
        const turn = (): Promise<void> => task().then(resolve, reject);
        (urgency === 'urgent' ? urgent : patient).push(turn);
        if (!running) void work();
      });
    },
  };
}
