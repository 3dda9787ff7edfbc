import { expect, test } from 'vitest';

import { sourceRoots } from './areas.js';
import { listFiles, loadSources, loadTests } from './project-files.js';
import { fileNames, fileSizes, maxLines, mocksByName } from './rules/file-shape.js';
import { sample } from './sample.js';

test('no source file is too long', () => {
  expect(fileSizes(loadSources())).toEqual([]);
});

test('files and folders are kebab-case and named for what they hold', () => {
  expect(fileNames(sourceRoots.flatMap((folder) => listFiles(folder)))).toEqual([]);
});

test('refuses one line more than allowed, in sources only', () => {
  const lines = (count: number) => `${'export {};\n'.repeat(count)}`;
  expect(fileSizes(sample({ 'server/src/a.ts': lines(maxLines) }))).toEqual([]);
  expect(fileSizes(sample({ 'server/src/a.ts': lines(maxLines + 1) }))).toHaveLength(1);
  expect(fileSizes(sample({ 'server/src/a.test.ts': lines(maxLines + 1) }))).toEqual([]);
});

test.each([
  'server/src/TodoList.tsx',
  'server/src/op_pipeline/a.ts',
  'server/src/string-utils.ts',
  'server/src/helpers/a.ts',
  'server/src/op-handler.test.ts',
])('refuses %s', (path) => {
  expect(fileNames([path])).toHaveLength(1);
});

test.each([
  'server/src/op-pipeline/receive.ts',
  'packages/core/src/client/a.browser.test.ts',
  'examples/todo/src/app.css',
  'a/vite-env.d.ts',
])('allows %s', (path) => {
  expect(fileNames([path])).toEqual([]);
});

test('tests that mock modules say so by their name', () => {
  expect(mocksByName(loadTests().filter(({ path }) => !path.startsWith('tests/architecture')))).toEqual([]);
});

test('refuses a mocked module where tests share a process', () => {
  const text = "vi.mock(import('./b.js'));\n";
  expect(mocksByName(sample({ 'server/src/a.test.ts': text }))).toHaveLength(1);
  expect(mocksByName(sample({ 'server/src/a.mocked.test.ts': text }))).toEqual([]);
});
