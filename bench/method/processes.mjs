// Servers and clients in processes of their own, spoken to one question at a time.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const running = new Set();
// Also those that are too busy to notice that their parent has gone.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Whoever takes longer than this hangs. */
const PATIENCE_MS = 600_000;

/**
 * @typedef {object} Peer
 * @property {(question: string, ...args: unknown[]) => Promise<any>} ask
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a module that calls `answerParent`. It ends with this process, however this process ends.
 *
 * @param {URL} module
 * @param {readonly string[]} [args]
 * @returns {Promise<Peer>}
 */
export async function startProcess(module, args = []) {
  // Settings of the shell would no longer be the shipped defaults.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TOPGUN_')));
  const child = fork(fileURLToPath(module), [...args], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  running.add(child);
  /** @type {Map<number, { resolve(value: unknown): void, reject(error: Error): void }>} */
  const waiting = new Map();
  let lastId = 0;
  let end = `${module.pathname} has ended`;
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      end = String(error);
    });
    child.once('exit', () => {
      running.delete(child);
      for (const { reject } of waiting.values()) reject(new Error(end));
      resolve(undefined);
    });
  });
  child.on('message', ({ id, value, error }) => {
    const question = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(error));
  });
  const peer = {
    ask: (question, ...args) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        const late = setTimeout(
          () => reject(new Error(`${module.pathname} does not answer "${question}"`)),
          PATIENCE_MS,
        );
        const settle = (end) => (result) => {
          clearTimeout(late);
          end(result);
        };
        waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
        child.send({ id, question, args });
      }),
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
  await peer.ask('ready');
  return peer;
}

/** What all threads of this process have used of the processors so far. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * The other side of `startProcess`. When the parent goes, `end` runs and the process ends.
 *
 * @param {Record<string, (...args: any[]) => unknown>} answers
 * @param {() => unknown} [end]
 */
export function answerParent(answers, end = () => {}) {
  const known = { ready: () => true, processorMs, ...answers };
  const answer = async ({ id, question, args }) => {
    try {
      process.send?.({ id, value: await known[question](...args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (asked) => void answer(asked));
  process.on('disconnect', () => {
    void Promise.resolve(end()).finally(() => process.exit());
  });
}
