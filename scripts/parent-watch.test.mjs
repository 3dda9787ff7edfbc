import { expect, test } from 'vitest';

import { isShellOf } from './parent-watch.mjs';

const script = 'node scripts/start.mjs';

test('the shell that npm starts is told from npm and from other shells', () => {
  expect(isShellOf('sh -c node scripts/start.mjs --port 1 ', script)).toBe(true);
  expect(isShellOf('/bin/bash -c node scripts/start.mjs', script)).toBe(true);
  expect(isShellOf('npm start', script)).toBe(false);
  expect(isShellOf('-bash ', script)).toBe(false);
  expect(isShellOf('bash -c make all', script)).toBe(false);
});
