// Child processes of the commands. They are started without a shell (no quoting, the same on Windows) and without npx, and
// none outlives the command that started it.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { projectPath } from './paths.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
let ending = false;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] the project folder by default
 * @property {NodeJS.ProcessEnv} [env]
 * @property {import('node:child_process').StdioOptions} [stdio]
 */

/**
 * Starts a program and keeps track of it.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function start(file, args, options = {}) {
  const child = spawn(file, args, {
    cwd: options.cwd ?? projectPath('.'),
    env: options.env ?? process.env,
    stdio: options.stdio ?? ['ignore', 'inherit', 'inherit'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/**
 * Runs a program to its end and resolves to its exit code, never rejecting for a code that is not 0.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export function run(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = start(file, args, options);
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

/**
 * Runs a script with this very Node.
 *
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/** Whether a signal is ending this process and its children. */
export function isEnding() {
  return ending;
}

/**
 * Ends this process and its children on SIGINT, SIGTERM and SIGHUP.
 *
 * @returns {() => void} hands the signals over to somebody else
 */
export function endChildrenOnSignal() {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    if (ending) return;
    ending = true;
    const exit = () => process.exit(exitCodeOf(signal));
    if (running.size === 0) exit();
    for (const child of running) child.once('close', () => running.size === 0 && exit());
    // A terminal sends Ctrl-C to the children too, and many tools take a second one as "at once, without cleaning up".
    if (signal === 'SIGINT') setTimeout(() => signalAll('SIGTERM'), 2_000);
    else signalAll('SIGTERM');
    setTimeout(() => {
      signalAll('SIGKILL');
      exit();
    }, 8_000);
  };
  for (const signal of signals) process.on(signal, end);
  // Libraries in this process may end it on their own.
  process.on('exit', () => signalAll('SIGTERM'));
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}

/** @param {NodeJS.Signals} signal */
function signalAll(signal) {
  for (const child of running) child.kill(signal);
}

/** @param {NodeJS.Signals | null} signal */
function exitCodeOf(signal) {
  return signal === null ? 1 : 128 + constants.signals[signal];
}
