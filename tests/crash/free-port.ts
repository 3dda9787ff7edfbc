import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, so that nobody takes it while a killed server is down. */
const FIRST = 20_000;
const LAST = 31_999;

/** A port that is free, and stays the caller's as far as chance goes. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
