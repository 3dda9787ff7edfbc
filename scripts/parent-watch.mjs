// npm passes no signal on to what it runs, and `npm start` may stand two processes above: npm, a shell, this. When npm is
// killed alone, its script would live on and keep the port. So the script watches for the end of those above.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { isAlive } from './process-alive.mjs';

const pollEveryMs = 500;

/** Acts as if this process had got SIGTERM once the npm that runs it is gone. */
export function endWithParent() {
  const parent = process.ppid;
  const npm = npmAbove(parent);
  const gone = () => process.ppid !== parent || (npm !== undefined && !isAlive(npm));
  setInterval(() => {
    if (gone()) process.emit('SIGTERM', 'SIGTERM');
  }, pollEveryMs).unref();
}

/**
 * The npm above the shell that it has started for its script. Without such a shell the parent is npm itself, and what is
 * above that (a terminal that may be closed) is nobody's business.
 *
 * @param {number} parent
 */
function npmAbove(parent) {
  if (process.platform === 'win32' || !process.env['npm_lifecycle_script']) return undefined;
  const shell = describeProcess(parent);
  return shell !== undefined && isShellOf(shell.command, process.env['npm_lifecycle_script'])
    ? shell.parent
    : undefined;
}

/**
 * @param {string} command as the system shows it, its arguments separated by spaces
 * @param {string} script
 */
export function isShellOf(command, script) {
  return /^\S*sh -c /.test(command) && command.includes(script);
}

/**
 * @param {number} pid
 * @returns {{ command: string, parent: number } | undefined}
 */
function describeProcess(pid) {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
    const [, parent, command] = /^\s*(\d+)\s+(.*)$/m.exec(stdout ?? '') ?? [];
    return parent === undefined || command === undefined ? undefined : { command, parent: Number(parent) };
  }
  try {
    const [, parent] = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return parent === undefined ? undefined : { command, parent: Number(parent) };
  } catch {
    // Without /proc there is only the parent itself to watch.
    return undefined;
  }
}
