import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { toServerConfig } from './config.js';
import { withDefinitions } from './definitions.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-definitions-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const search = { notes: { fields: ['title'] } };

test('PI-37: a module is the same as its exports given as options, by a path or a URL', async () => {
  const file = written(
    'a.mjs',
    `export const search = ${JSON.stringify(search)}; export const other = 1; export const hooks = { timeoutMs: 5 };`,
  );
  for (const definitions of [file, pathToFileURL(file)]) {
    const options = await withDefinitions({ workers: 1, definitions });
    expect(options).toEqual({ workers: 1, definitions, search, hooks: { timeoutMs: 5 } });
    expect(toServerConfig(options).hooks).toEqual({ timeoutMs: 5 });
  }
});

test('PI-37: without workers everything may be given as it is', async () => {
  expect(await withDefinitions({ search })).toEqual({ search });
  const definitions = written('b.mjs', 'export const hooks = {};');
  expect(await withDefinitions({ search, definitions })).toEqual({ search, definitions, hooks: {} });
});

test.each([
  [{ workers: 1, search }, 'search cannot be given to a worker thread'],
  [{ workers: 1, definitions: 'b.mjs', search }, 'search is said beside definitions'],
  [{ definitions: 'b.mjs', hooks: {} }, 'hooks is said beside definitions'],
  [{ definitions: 'absent.mjs' }, 'cannot be loaded'],
  [{ definitions: 'none.mjs' }, 'exports none of rules, resolvers'],
  [{ definitions: 'wrong.mjs' }, 'exports none of rules, resolvers'],
])('PI-37: %j is refused with a sentence', async (options, sentence) => {
  written('b.mjs', 'export const hooks = {};');
  written('none.mjs', 'export const answer = 42;');
  written('wrong.mjs', 'export const rules = "everybody";');
  const placed = 'definitions' in options ? { ...options, definitions: join(folder, options.definitions) } : options;
  await expect(withDefinitions(placed)).rejects.toMatchObject({
    code: 'definitions',
    message: expect.stringContaining(sentence),
  });
});

test.each([33, -1, 0.5])('PI-35: %d workers are refused', (workers) => {
  expect(() => toServerConfig({ workers })).toThrow(expect.objectContaining({ code: 'workers' }));
});

test('PI-29, JO-2: a journal goes with several workers, as long as a commit of all of them has places for its events', () => {
  expect(toServerConfig({ journal: ['orders'], workers: 16 }).workers).toBe(16);
  expect(toServerConfig({ workers: 17 }).workers).toBe(17);
  expect(() => toServerConfig({ journal: ['orders'], workers: 17 })).toThrow(
    expect.objectContaining({ code: 'workers', message: expect.stringContaining('up to 16') }),
  );
});

const nothing = (): void => undefined;
test('PI-49, PI-51, PR-8, HK-7: what is about connections alone goes with several workers, and so do hooks, procedures, searches and quotas', () => {
  expect(
    toServerConfig({ workers: 3, hooks: { onConnection: () => undefined }, quotas: { todos: 1_000_000 } }).workers,
  ).toBe(3);
  expect(toServerConfig({ workers: 3, procedures: {}, hooks: { beforeOp: nothing, afterOp: nothing } }).workers).toBe(
    3,
  );
  expect(toServerConfig({ workers: 3, search: { todos: { fields: ['title'] } } }).workers).toBe(3);
});
