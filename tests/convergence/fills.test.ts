import { afterEach, expect, test, vi } from 'vitest';

import { TurnedLoad } from '../../packages/core/src/client/state/turned-load.js';
import { OpeningView } from '../../server/src/services/query/opening-view.js';
import { runSeed } from './run-seed.js';
import type { Oracle } from './violation.js';
import type { WorldProfile } from './world-options.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Every view takes many turns, and much is written between them. */
const FILLED: Partial<WorldProfile> = {
  turnRecords: 1,
  steps: 800,
  hasRules: false,
  hasWrongClocks: false,
  keys: ['a', 'b', 'c', 'd', 'e', 'f'],
  faults: { tabs: 1, network: 0.3, storage: 0, server: 0.3 },
};

/** A server starts, and everybody is connected soon enough for what they write to come between its turns. */
const OPENED: Partial<WorldProfile> = {
  ...FILLED,
  devices: 3,
  steps: 200,
  networkMs: 5,
  ledgerMs: 0,
  storageMs: 0,
  channelMs: 0,
  keys: 'abcdefghijkl'.split(''),
  faults: { tabs: 0.3, network: 0, storage: 0, server: 0 },
};

const MAX_SEEDS = 60;

async function findingsOf(oracles: readonly Oracle[], profile = FILLED): Promise<readonly Oracle[]> {
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    const { violations } = await runSeed(seed, { profile });
    const found = violations.map(({ oracle }) => oracle).filter((oracle) => oracles.includes(oracle));
    if (found.length > 0) return found;
  }
  return [];
}

// These are put into the engine itself: nothing that a world is made of lies in their way.
test('CL-25: the oracle `views-at-every-step` finds that a device does not hear what is written while it fills a view', async () => {
  const { begin } = TurnedLoad.prototype;
  vi.spyOn(TurnedLoad.prototype, 'begin').mockImplementation(function (this: TurnedLoad<never>, ...args) {
    vi.spyOn(this.touched, 'add').mockImplementation(() => this.touched);
    begin.apply(this, args);
  });
  expect(await findingsOf(['views-at-every-step'])).toContain('views-at-every-step');
});

test('CL-25: the oracle `progress` finds views that are never filled', async () => {
  vi.spyOn(TurnedLoad.prototype, 'begin').mockImplementation(() => {});
  expect(await findingsOf(['progress'])).toContain('progress');
});

test('QU-50: the oracle `equal-views` finds that a server does not hear what is written while it opens a view', async () => {
  vi.spyOn(OpeningView.prototype, 'note').mockImplementation(() => {});
  expect(await findingsOf(['equal-views'], OPENED)).toContain('equal-views');
});

test('CL-25, QU-50: whatever is written while views are filled, a record in a turn, they come to be right', async () => {
  let overtaken = 0;
  for (let seed = 1; seed <= 4; seed += 1) {
    const { violations, faults } = await runSeed(seed, { profile: FILLED });
    expect(violations.map(String)).toEqual([]);
    overtaken += faults['write-in-fill'];
  }
  expect(overtaken).toBeGreaterThan(4);
});
