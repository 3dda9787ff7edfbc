import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

import { afterEach, expect, test } from 'vitest';

import { assertPortFree, choosePort, freePort } from './port.mjs';

/** @type {import('node:net').Server[]} */
const servers = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** @param {string | undefined} host */
async function takePort(host) {
  const server = createServer();
  servers.push(server);
  await new Promise((resolve) => server.listen({ port: 0, host }, () => resolve(undefined)));
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

test.each([undefined, '127.0.0.1', ...(hasIpv6 ? ['::1'] : [])])(
  'a port taken on %s is named in a sentence, with another one to try',
  async (host) => {
    const port = await takePort(host);
    await expect(assertPortFree(port, 'npm start -- --port')).rejects.toThrow(
      new RegExp(`port ${port} is taken.*npm start -- --port ${port + 1}`),
    );
  },
);

test('a free port is free, and still is after looking', async () => {
  const port = await freePort();
  for (const _time of [1, 2]) await expect(assertPortFree(port, 'again')).resolves.toBeUndefined();
});

test('the port is the flag, else TOPGUN_PORT, else PORT, else the default', () => {
  const env = { TOPGUN_PORT: '3', PORT: '4' };
  expect(choosePort(['--port', '1', '--port=2'], env, 5)).toBe(2);
  expect(choosePort(['--port', '1', '--host', 'x'], env, 5)).toBe(1);
  expect(choosePort([], env, 5)).toBe(3);
  expect(choosePort([], { PORT: '4' }, 5)).toBe(4);
  expect(choosePort([], {}, 5)).toBe(5);
});

test.each([['--port'], ['--port='], ['--port=x'], ['--port=65536'], ['--port', '-1'], ['--port=1.5']])(
  'refuses %s %s',
  (...args) => {
    expect(() => choosePort(args, {}, 5)).toThrow(/--port must be a port number/);
  },
);

test('a wrong variable is named', () => {
  expect(() => choosePort([], { PORT: 'tcp://1.2.3.4:80' }, 5)).toThrow(/^PORT must be/);
});
