import { expect, test } from 'vitest';
import { runSeed } from './run-seed.js';

/** Many more: `npm run sim`. One of them, step by step: `npm run sim -- --seed 17`. */
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

test.each(SEEDS)(
  'CL-1, CL-3, CL-4, CL-5, CL-8, CR-2, CR-5, CR-6, CR-7, CR-8, CR-9, CR-10, PI-1, PI-11, SY-1, SY-5: seed %i converges and loses nothing',
  async (seed) => {
    const { violations, trace, profile } = await runSeed(seed);
    const story = violations.length === 0 ? [] : [JSON.stringify(profile), ...trace, ...violations.map(String)];
    expect(story.join('\n')).toBe('');
  },
);
