import { expect, test } from 'vitest';

import { listFiles, readText } from './project-files.js';
import { type Lock, type Manifest, exactVersions, missingOptional, registryAddresses } from './rules/package-files.js';

const named = (name: string) => listFiles().filter((path) => path === name || path.endsWith(`/${name}`));
const locks = () => named('package-lock.json').map((path) => [path, JSON.parse(readText(path)) as Lock] as const);
const manifests = () => named('package.json').map((path) => [path, JSON.parse(readText(path)) as Manifest] as const);

test('every dependency is at an exact version', () => {
  expect(manifests().length).toBeGreaterThan(3);
  expect(manifests().flatMap(([path, manifest]) => exactVersions(path, manifest))).toEqual([]);
});

test('no lock file names a registry', () => {
  expect(locks().length).toBeGreaterThan(0);
  expect(locks().flatMap(([path, lock]) => registryAddresses(path, lock))).toEqual([]);
});

test('every lock file holds the optional packages of every platform', () => {
  expect(locks().flatMap(([path, lock]) => missingOptional(path, lock))).toEqual([]);
});

test.each(['^1.2.3', '~1.2.3', '1.2', '1.x', '*', 'latest', '>=1.0.0', 'https://example.org/a.tgz', 'workspace:*'])(
  'refuses the version %s',
  (version) => {
    expect(exactVersions('package.json', { devDependencies: { a: version } })).toHaveLength(1);
  },
);

test('allows exact versions, prereleases too, and ranges of peers', () => {
  const manifest = { dependencies: { a: '1.2.3', b: '18.4.0-beta.17' }, peerDependencies: { react: '>=18' } };
  expect(exactVersions('package.json', manifest)).toEqual([]);
});

test('refuses an address in a lock, and allows the folder of a workspace', () => {
  const lock: Lock = {
    packages: {
      'node_modules/a': { resolved: 'https://example.org/a.tgz' },
      'node_modules/b': { resolved: 'packages/b' },
    },
  };
  expect(registryAddresses('package-lock.json', lock)).toHaveLength(1);
});

test('finds the binary of another platform that the lock lacks, wherever it would lie', () => {
  const optionalDependencies = { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' };
  const lock = (...present: string[]): Lock => ({
    packages: {
      'node_modules/x/node_modules/a': { optionalDependencies },
      ...Object.fromEntries(present.map((path) => [path, {}])),
    },
  });
  expect(missingOptional('lock', lock('node_modules/a-linux', 'node_modules/x/node_modules/a-darwin'))).toEqual([]);
  expect(missingOptional('lock', lock('node_modules/a-linux'))).toEqual([
    'lock: a-darwin, an optional dependency of node_modules/x/node_modules/a, has no entry',
  ]);
});
