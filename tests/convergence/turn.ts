/** So often the event loop itself gets a turn: what comes from outside this run, as a test's time being over, waits no longer. */
const OWN_TURNS = 256;

/**
 * How to let everything run that waits for promises only. A tick comes when there are no microtasks left, as an immediate does, and costs a
 * tenth of it: nothing is asked of the operating system. Each world has its own, so that what is a turn of the loop is decided by the run alone.
 */
export function createTurn(): () => Promise<void> {
  let turns = 0;
  return () =>
    new Promise((resolve) => {
      turns += 1;
      if (turns % OWN_TURNS === 0) setImmediate(resolve);
      else process.nextTick(resolve);
    });
}
