import { expect, test } from 'vitest';
import { replayCommand } from './command/replay-command.js';

test('a seed that failed is run again with as many hosts', () => {
  expect(replayCommand(83, { hosts: 3 })).toBe('npm run sim -- --seed 83 --hosts 3');
  expect(replayCommand(83, { hosts: 1 })).toBe('npm run sim -- --seed 83');
});
