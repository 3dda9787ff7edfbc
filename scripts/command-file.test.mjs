import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { commandFile } from '../server/bin/command-file.js';

/** @type {string} */
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-command-'));
  for (const each of ['server/dist/command', 'packages/core/dist']) mkdirSync(join(folder, each), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * @param {string} file
 * @param {number} at
 */
const write = (file, at) => {
  writeFileSync(join(folder, file), '');
  utimesSync(join(folder, file), at, at);
};
/**
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} env
 */
const chosen = (args = [], env = {}) =>
  commandFile(args, env, pathToFileURL(`${folder}/server/dist/`))
    .pathname.split('/dist/')
    .at(-1);

test('the command is what was bundled of it last', () => {
  write('server/dist/main.js', 100);
  expect(chosen()).toBe('main.js');
  write('server/dist/command/main.js', 100);
  expect(chosen(['--port', '0'])).toBe('command/main.js');
});

test.each(['server/dist/main.js', 'server/dist/server.tsbuildinfo', 'packages/core/dist/pure.tsbuildinfo'])(
  'it is not while %s is newer',
  (file) => {
    write('server/dist/main.js', 100);
    write('server/dist/command/main.js', 200);
    write(file, 200);
    expect(chosen()).toBe('command/main.js');
    write(file, 300);
    expect(chosen()).toBe('main.js');
  },
);

test("it is not beside an app's own module, which would have the packages' classes twice", () => {
  write('server/dist/main.js', 100);
  write('server/dist/command/main.js', 100);
  for (const args of [['--definitions', 'app.mjs'], ['--definitions=app.mjs']]) expect(chosen(args)).toBe('main.js');
  expect(chosen([], { TOPGUN_DEFINITIONS: 'app.mjs' })).toBe('main.js');
});
