import { isTestSupport } from '../areas.js';
import type { SourceFile } from '../source-file.js';

export const maxLines = 500;

/** A source file that grows past the limit holds more than one thing. */
export function fileSizes(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !isTestSupport(path))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${maxLines}`);
}

/** Words that say nothing of what a file holds or does. */
const empty = new Set([
  'manager',
  'helper',
  'helpers',
  'util',
  'utils',
  'common',
  'misc',
  'handler',
  'processor',
  'impl',
]);

/** Files and folders are kebab-case and named for what they hold. */
export function fileNames(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const names = path.split(/[/.]/);
    const unclear = names.flatMap((name) => name.split('-')).filter((word) => empty.has(word.toLowerCase()));
    return [
      ...(names.every((name) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) ? [] : [`${path} is not kebab-case`]),
      ...unclear.map((word) => `${path} is named "${word}", which says nothing`),
    ];
  });
}

/** Tests share a process and what is loaded in it: whoever puts a module in the place of another has one alone, by its name. */
export function mocksByName(files: readonly SourceFile[]): string[] {
  return files
    .filter(
      ({ path, text }) =>
        /\bvi\.(mock|doMock|resetModules)\(/.test(text) && !/\.(mocked|browser)\.test\.tsx?$/.test(path),
    )
    .map(({ path }) => `${path} mocks modules without a name that ends in .mocked.test.ts`);
}
