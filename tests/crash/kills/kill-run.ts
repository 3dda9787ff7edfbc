import { randomInt } from 'node:crypto';
import type { Hash64 } from '@topgun/core/primitives';

import type { ServerProcess } from '../server-process.js';
import { differences, expectedState, type State } from './expected-state.js';
import { LoadClient } from './load-client.js';
import { readState } from './read-state.js';

const CLIENTS = 8;
const ACKS_BETWEEN = 1_000;

export interface KillRun {
  /** Starts a server on the database, the same one every time. */
  readonly start: () => Promise<ServerProcess>;
  /** Those rows of the table `record` that are not deleted: the server has ended, and written everything behind. `null`: this driver has none. */
  readonly rows: (() => Promise<State>) | null;
  readonly kills: number;
  readonly hash: Hash64;
  readonly onKill?: (report: string) => void;
}

/**
 * A server under load, killed at random instants and started again, and judged in each life before anything is sent to it: every op that
 * was acked is there, no transaction in part, counters exact. Throws when not. At the end it is stopped, and the rows are judged too.
 */
export async function runKills({ start, rows, kills, hash, onKill = () => {} }: KillRun): Promise<void> {
  const clients = Array.from({ length: CLIENTS }, (_, i) => new LoadClient(`c${i}`, hash));
  const acks = (): number => clients.reduce((sum, { newAcks }) => sum + newAcks, 0);
  for (let kill = 1; kill <= kills; kill += 1) {
    const before = acks();
    const server = await start();
    await judge(server, clients);
    const runs = Promise.all(clients.map((client) => client.run(() => false)));
    // Heard of below; until then a failure is no unhandled one.
    runs.catch(() => undefined);
    while (acks() < before + ACKS_BETWEEN) {
      await Promise.race([pause(2), runs.then(() => fail('the server has ended before it was killed'))]);
    }
    await pause(randomInt(100));
    const { signal } = await server.end('SIGKILL');
    await runs;
    if (signal !== 'SIGKILL') fail('the server has ended before it was killed');
    const inFlight = clients.reduce((sum, { undecided }) => sum + undecided, 0);
    if (inFlight === 0) fail('the kill met no op under way: nothing was tested');
    onKill(`kill ${kill}: ${acks() - before} acks since the last, ${inFlight} ops under way`);
  }
  const server = await start();
  await judge(server, clients);
  await Promise.all(clients.map((client) => client.run(() => true)));
  const whole = expectedState(clients.map(({ ops }) => ({ ops, decided: ops.length })));
  report(differences(whole, await readState(server.url)));
  const end = await server.end('SIGTERM');
  if (end.code !== 0) throw new Error(`the server ended with ${end.code}: ${end.stderr}`);
  if (rows !== null) report(differences(whole, await rows()));
}

/** All clients come back, and send nothing until what is there was compared with what has to be. */
async function judge(server: ServerProcess, clients: readonly LoadClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.connect(server.url)));
  report(differences(expectedState(clients), await readState(server.url)));
}

function report(lines: readonly string[]): void {
  if (lines.length > 0)
    throw new Error(`${lines.length} records are not as they should be:\n${lines.slice(0, 20).join('\n')}`);
}

function fail(message: string): never {
  throw new Error(message);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
