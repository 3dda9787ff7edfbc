import { expect, test } from 'vitest';

import { loadSources } from './project-files.js';
import { anyTypes } from './rules/any-types.js';
import { sample } from './sample.js';

test('there is no any in pure folders, and a reason beside each other one', () => {
  expect(anyTypes(loadSources())).toEqual([]);
});

test.each([
  `export const a: any = 1;`,
  `export const a = 1 as any;`,
  `export type A = Record<string, any>;`,
  `// The shape is the caller's.\nexport function f(...rest: any[]) { return rest; }`,
])('refuses in a pure folder: %s', (text) => {
  expect(anyTypes(sample({ 'packages/core/src/query/a.ts': text }))).toHaveLength(1);
});

test('elsewhere it refuses an unexplained one only', () => {
  expect(anyTypes(sample({ 'packages/react/src/a.ts': `export const a: any = 1;` }))).toHaveLength(1);
  expect(anyTypes(sample({ 'packages/react/src/a.ts': `// React types it so.\nexport const a: any = 1;` }))).toEqual(
    [],
  );
  expect(anyTypes(sample({ 'packages/react/src/a.ts': `export const a: any = 1; // React types it so.` }))).toEqual([]);
});

test('a word is not a type', () => {
  expect(anyTypes(sample({ 'packages/core/src/query/a.ts': `/** any */ export const any = 'any';` }))).toEqual([]);
});
