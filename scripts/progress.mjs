// What the commands say while they work: one line when a step begins, one when it ends, and a sign of life in between.

const aliveEveryMs = 10_000;

/** @param {string} text */
export function say(text) {
  console.log(`topgun: ${text}`);
}

/** A failure that the person at the keyboard can do something about: printed as its sentence, without a stack. */
export class Stop extends Error {}

/**
 * Runs one step of a command and prints its beginning, its end and how long it took.
 *
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @param {(result: T) => string} [outcome] how its end is worded
 * @returns {Promise<T>}
 */
export async function step(label, work, outcome = () => 'done') {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  say(`${label} …`);
  const alive = setInterval(() => say(`${label}: still at it (${seconds()})`), aliveEveryMs);
  try {
    const result = await work();
    say(`${label}: ${outcome(result)} in ${seconds()}`);
    return result;
  } catch (error) {
    say(`${label}: failed after ${seconds()}`);
    throw error;
  } finally {
    clearInterval(alive);
  }
}

/**
 * Runs a whole command: a `Stop` becomes its sentence and exit code 1, anything else is a defect and shows its stack.
 *
 * @param {() => Promise<number | void>} command resolves to the exit code, 0 when it names none
 */
export function runCommand(command) {
  command().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error) => {
      console.error(error instanceof Stop ? `topgun: ${error.message}` : error);
      process.exitCode = 1;
    },
  );
}
