import { expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';

test('PI-49: a map over its quota refuses what makes it larger, and takes what does not', async () => {
  const hash = await loadXxhash();
  const author = new OpAuthor('r.0', hash);
  const { host, of } = await startTestHost({
    disk: createMemoryDisk(),
    hash,
    quotas: new Map([['m', 6_000]]),
  });
  host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const text = 'a'.repeat(2_000);
  for (const op of [
    author.create('m', 'a', { text }),
    author.create('m', 'b', { text }),
    author.create('m', 'c', { text }),
    author.patch('m', 'a', { text: 'short' }),
    author.remove('m', 'b'),
  ]) {
    host.send({ type: 'submit', session: 's', batches: author.batches(op), bytes: 100 });
    await settle();
  }
  const verdicts = of('committed').flatMap(({ verdicts: told }) => told);
  expect(verdicts.map(({ accepted }) => accepted.length)).toEqual([1, 1, 0, 1, 1]);
  expect(verdicts[2]?.rejected).toMatchObject([{ seq: 3, code: 'too-large' }]);
});
