import { describe, expect, it } from 'vitest';

import { createSeededRandom } from '../testing/seeded-random.js';
import { MemoryAdapter } from './memory-storage.js';
import { describeStorageContract } from '../storage/storage.contract.js';
import { unwrap } from '../storage/samples.contract.js';

describeStorageContract('memory', () => new MemoryAdapter());

describe('memory storage', () => {
  it('takes its ids from the randomness it is given', async () => {
    const ids = await Promise.all(
      [1, 1, 2].map(
        async (seed) =>
          unwrap(await new MemoryAdapter({ random: createSeededRandom(seed) }).open('x')).identity.databaseId,
      ),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });
});
