import { expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createEnvironment } from './create-environment.js';

it('in Node: memory, a tab of its own, and what is given wins', async () => {
  const environment = createEnvironment();
  expect(environment.storage).toBeInstanceOf(MemoryAdapter);
  expect(environment.network.onSignal(() => {})).toBeTypeOf('function');
  const random = createSeededRandom(1);
  expect(createEnvironment({ random }).random).toBe(random);
  expect(createEnvironment({ random }).clock).toBe(environment.clock);
  // Two clients in one process have nothing in common.
  const [one, two] = [createEnvironment(), createEnvironment()];
  const ids = await Promise.all(
    [one, two].map(async ({ storage }) => {
      const opened = await storage.open('same name');
      return opened.ok ? opened.value.identity.databaseId : null;
    }),
  );
  expect(ids[0]).not.toBe(ids[1]);
});
