import { expect, test, vi } from 'vitest';

import { LiveView } from '../../server/src/services/query/live-view.js';
import { runSeed } from './run-seed.js';

/** Enough of them that a view is worth resuming. */
const KEYS = 'abcdefghijklmnopqrstuvwxyz'.split('');
/** The last three happen to have views that remember what their clients have. */
const SEEDS = [2_001, 2_002, 2_003, 2_004, 2_005, 2_006, 2_017, 2_047, 2_049];

test('SY-2, CR-8: clients that come back by digest, by changes since and by exchange converge and lose nothing', async () => {
  const resumed = vi.spyOn(LiveView.prototype, 'resume');
  for (const seed of SEEDS) {
    const { violations, trace, profile } = await runSeed(seed, { profile: { keys: KEYS, steps: 160 } });
    const story = violations.length === 0 ? [] : [JSON.stringify(profile), ...trace, ...violations.map(String)];
    expect(story.join('\n'), `seed ${seed}`).toBe('');
  }
  const kinds = resumed.mock.results.map(({ value }) => (value as ReturnType<LiveView['resume']>).type);
  const times = (kind: string): number => kinds.filter((one) => one === kind).length;
  for (const kind of ['same', 'diffs', 'exchange']) expect(times(kind), kind).toBeGreaterThan(0);
});
