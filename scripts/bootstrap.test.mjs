import { expect, test } from 'vitest';

import { isSatisfied } from './bootstrap.mjs';
import { isNodeNewEnough } from './node-version.mjs';
import { nestedNpmEnv } from './npm.mjs';

const linux = { os: 'linux', cpu: 'x64', libc: 'glibc' };
const lock = {
  packages: {
    '': { version: '0.1.0' },
    'packages/core': { version: '0.1.0' },
    'node_modules/@topgun/core': { link: true },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a-linux': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
    'node_modules/a-musl': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
    'node_modules/a-darwin': { version: '1.0.0', optional: true, os: ['darwin'], cpu: ['x64'] },
    'node_modules/a-wasm': { version: '1.0.0', optional: true, cpu: ['wasm32'] },
    'node_modules/only-for-a-wasm': { version: '1.0.0', optional: true },
  },
};
/** @param {Record<string, object>} packages */
const installed = (packages) => ({
  packages: {
    'node_modules/@topgun/core': { link: true },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a-linux': { version: '1.0.0' },
    ...packages,
  },
});

test('an installation that somebody made by hand is taken as it is', () => {
  expect(isSatisfied(lock, installed({}), linux)).toBe(true);
  expect(isSatisfied(lock, installed({ 'node_modules/more': { version: '1.0.0' } }), linux)).toBe(true);
});

test('another version, a missing package or another platform means installing', () => {
  expect(isSatisfied(lock, installed({ 'node_modules/a': { version: '1.0.1' } }), linux)).toBe(false);
  expect(isSatisfied(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } }, linux)).toBe(false);
  expect(isSatisfied(lock, installed({}), { os: 'darwin', cpu: 'x64', libc: null })).toBe(false);
  expect(isSatisfied(lock, installed({}), { os: 'linux', cpu: 'x64', libc: 'musl' })).toBe(false);
});

test('a published package in the place of a workspace means installing', () => {
  expect(isSatisfied(lock, installed({ 'node_modules/@topgun/core': { version: '0.1.0' } }), linux)).toBe(false);
});

test('a nested npm keeps how to reach the registry and nothing that changes what an install means', () => {
  const env = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    NODE_ENV: 'production',
    INIT_CWD: '/somewhere',
    npm_config_registry: 'https://registry.example',
    'npm_config_@scope:registry': 'https://scope.example',
    npm_config_cafile: '/ca.pem',
    npm_config_cache: '/cache',
    npm_config_https_proxy: 'http://proxy',
    npm_config_omit: 'dev',
    npm_config_ignore_scripts: 'true',
    npm_config_workspace: 'server',
    npm_config_prefix: '/prefix',
    npm_config_loglevel: 'silent',
    npm_lifecycle_event: 'test',
    npm_package_json: '/package.json',
    npm_command: 'test',
    npm_execpath: '/npm-cli.js',
  };
  expect(Object.keys(nestedNpmEnv(env)).sort()).toEqual(
    [
      'PATH',
      'HTTPS_PROXY',
      'npm_config_registry',
      'npm_config_@scope:registry',
      'npm_config_cafile',
      'npm_config_cache',
      'npm_config_https_proxy',
    ].sort(),
  );
});

test.each([
  ['20.19.0', true],
  ['20.20.2', true],
  ['22.0.0', true],
  ['20.18.3', false],
  ['18.20.0', false],
  ['8.0.0', false],
])('Node %s is new enough: %s', (version, enough) => {
  expect(isNodeNewEnough(version)).toBe(enough);
});
