import { expect, test } from 'vitest';

import { listFiles, loadTests, readText } from './project-files.js';
import { untestedRules } from './rules/spec-rules.js';
import { sample } from './sample.js';

const tests = (text: string) => sample({ 'packages/core/src/crdt/a.test.ts': text });
const pages = (text: string) => [{ path: 'docs/spec/merge.md', text }];

test('every rule of the specification is tested, or says that it is not', () => {
  const spec = listFiles('docs/spec').filter((path) => path.endsWith('.md'));
  expect(
    untestedRules(
      spec.map((path) => ({ path, text: readText(path) })),
      loadTests(),
    ),
  ).toEqual([]);
});

test('finds a rule without a test, in each form a rule can have', () => {
  for (const rule of [
    '- **CR-1** Later wins.',
    '### CR-1 Later wins',
    '| CR-1 | Later wins |',
    '**CR-1.** Later wins.',
    'CR-1: later wins.',
  ]) {
    expect(untestedRules(pages(rule), tests(`test('CR-10: something else', () => {});`))).toHaveLength(1);
    expect(untestedRules(pages(rule), tests(`test('CR-1: the later stamp wins', () => {});`))).toEqual([]);
    expect(untestedRules(pages(`${rule}\n  (no test yet)`), tests(''))).toEqual([]);
  }
});

test('a mark counts for its own rule only, and not once there is a test', () => {
  const spec = pages('- **CR-1** Later wins. (no test yet)\n- **CR-2** Earlier loses.\n  More about it.');
  expect(untestedRules(spec, tests(''))).toEqual([expect.stringContaining('CR-2')]);
  expect(untestedRules(spec, tests(`it('CR-1, CR-2: both', () => {});`))).toEqual([expect.stringContaining('CR-1')]);
});

test('ids in comments and in the text of a rule are not tests and not rules', () => {
  expect(untestedRules(pages('- **CR-1** Later wins.'), tests(`// CR-1\ntest('nothing', () => {});`))).toHaveLength(1);
  expect(untestedRules(pages('As CR-1 says, later wins.'), tests(''))).toEqual([]);
});

test('finds ids in tables of cases, groups and templates', () => {
  const text = 'describe("CR-1: group", () => {}); test.each([1])("CR-2: %s", () => {}); it(`CR-3: ${1}`, () => {});';
  expect(untestedRules(pages('- CR-1 a\n- CR-2 b\n- CR-3 c'), tests(text))).toEqual([]);
});

test('finds a rule that is stated twice', () => {
  expect(untestedRules(pages('- CR-1 a (no test yet)\n- CR-1 b (no test yet)'), tests(''))).toHaveLength(1);
});
