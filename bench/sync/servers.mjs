// Both servers, each in a process of its own, with files on the same disk.

import path from 'node:path';

import { startProcess } from '../method/processes.mjs';

/** @param {string} folder */
export async function startServers(folder) {
  const file = (name) => path.join(folder, `${name}-${process.hrtime.bigint()}.db`);
  const [topgun, floor] = await Promise.all([
    startProcess(new URL('./topgun-server.mjs', import.meta.url), [file('topgun')]),
    startProcess(new URL('./floor-server.mjs', import.meta.url), [file('floor'), file('bare')]),
  ]);
  return {
    topgun: { ...topgun, url: await topgun.ask('url') },
    floor: { ...floor, url: await floor.ask('url') },
    stop: () => Promise.all([topgun.stop(), floor.stop()]),
  };
}
