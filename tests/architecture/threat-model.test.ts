import { expect, test } from 'vitest';

import { listFiles, readText } from './project-files.js';
import { faultsOfThreats } from './rules/threat-tests.js';

const FILES = ['server/src/gateway/rules.test.ts', 'tests/hostile/hostile-client.test.ts'];
const TABLE = '| it tries | what stops it | tests |\n|---|---|---|\n';

test('every threat, and whatever is tried, names a test that is there', () => {
  expect(faultsOfThreats(readText('docs/threat-model.md'), listFiles())).toEqual([]);
});

test('finds a threat without a test, something tried without one, and a test that is gone', () => {
  const found = (text: string): readonly string[] => faultsOfThreats(text, FILES);
  expect(found('## A thief\n\nIs stopped (`gateway/rules.test.ts`).\n')).toEqual([]);
  expect(found(`## A thief\n\n${TABLE}| doors | locks | \`tests/hostile\` |\n`)).toEqual([]);
  expect(found('## A thief\n\nIs stopped.\n')).toEqual(['no test is named for: A thief']);
  expect(found(`## A thief\n\n${TABLE}| doors | locks | \`gateway/rules.test.ts\` |\n| windows | glass | |\n`)).toEqual(
    ['no test is named for: A thief: windows'],
  );
  expect(found('## A thief\n\nIs stopped (`gateway/locks.test.ts`).\n')).toEqual(['there is no gateway/locks.test.ts']);
});
