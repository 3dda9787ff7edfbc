import { expect, test, vi } from 'vitest';

import { LiveView } from '../../server/src/services/query/live-view.js';
import { runSeed } from './run-seed.js';

/** Enough of them that a view is worth resuming. */
const KEYS = 'abcdefghijklmnopqrstuvwxyz'.split('');
/** The network goes often, and a server that stays remembers what its clients have: so it does in the last two of these seeds. */
const FAULTS = { tabs: 0.3, network: 6, storage: 0.3, server: 0 };
const SEEDS = [2_001, 2_006, 2_014, 2_016, 2_036, 2_042, 2_056, 2_057, 2_072, 2_193, 2_459];

test('SY-2, CR-8: clients that come back by digest, by changes since and by exchange converge and lose nothing', async () => {
  const resumed = vi.spyOn(LiveView.prototype, 'resume');
  for (const seed of SEEDS) {
    const { violations, trace, profile } = await runSeed(seed, { profile: { keys: KEYS, steps: 160, faults: FAULTS } });
    const story = violations.length === 0 ? [] : [JSON.stringify(profile), ...trace, ...violations.map(String)];
    expect(story.join('\n'), `seed ${seed}`).toBe('');
  }
  const kinds = resumed.mock.results.map(({ value }) => (value as ReturnType<LiveView['resume']>).type);
  const times = (kind: string): number => kinds.filter((one) => one === kind).length;
  for (const kind of ['same', 'diffs', 'exchange']) expect(times(kind), kind).toBeGreaterThan(0);
});
