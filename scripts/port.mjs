import { createServer } from 'node:net';

import { Stop } from './progress.mjs';

/**
 * The port a command shall use: `--port`, else TOPGUN_PORT, else PORT, else the default.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {number} otherwise
 */
export function choosePort(args, env, otherwise) {
  const flag = args.findLastIndex((arg) => arg === '--port' || arg.startsWith('--port='));
  const [source, text] =
    flag >= 0
      ? ['--port', args[flag]?.includes('=') ? args[flag].slice('--port='.length) : (args[flag + 1] ?? '')]
      : env['TOPGUN_PORT']
        ? ['TOPGUN_PORT', env['TOPGUN_PORT']]
        : env['PORT']
          ? ['PORT', env['PORT']]
          : ['', String(otherwise)];
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new Stop(`${source} must be a port number from 0 to 65535, and it is "${text}".`);
  }
  return port;
}

/**
 * Looks whether a server could listen, before minutes are spent on installing and building for it.
 *
 * @param {number} port
 * @param {string} retry how the command is written with another port
 */
export async function assertPortFree(port, retry) {
  // A server on one address only and one on all of them do not collide on every system, so both are tried.
  for (const host of [undefined, '127.0.0.1']) {
    const code = await listenProblem(port, host);
    if (code === 'EADDRINUSE') {
      throw new Stop(
        `port ${port} is taken by another program. Stop that program, or choose another port: ${retry} ${port + 1}`,
      );
    }
    if (code === 'EACCES') {
      throw new Stop(`this user may not listen on port ${port}. Choose a port above 1023: ${retry} 8080`);
    }
  }
}

/** A port that is free now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a listening server has no port');
  return address.port;
}

/**
 * @param {number} port
 * @param {string | undefined} host
 * @returns {Promise<string | undefined>} the code of the error, if any
 */
function listenProblem(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
