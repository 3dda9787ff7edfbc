// One process: a trie or a plain map, which does what the suite says. Arguments: `topgun` or `floor`.

import { answerParent } from '../method/processes.mjs';
import { burstOf, keyOf, recordHashOf } from './workload.mjs';

const [name] = process.argv.slice(2);
const { create } = await import(name === 'topgun' ? './hash-trie.mjs' : './plain-map.mjs');
let held = null;
let size = 0;

answerParent({
  fill(n) {
    held = create();
    size = n;
    for (let i = 0; i < n; i += 1) held.set(keyOf(i), recordHashOf(-1 - i));
  },
  /** Gives records new hashes. Resolves to nanoseconds per write. */
  update(count, seed) {
    const { keys, hashes } = burstOf(size, count, seed);
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < count; i += 1) held.set(keys[i], hashes[i]);
    return Number(process.hrtime.bigint() - startedAt) / count;
  },
  /** Takes records out and puts them back with new hashes. Resolves to nanoseconds per write, of which each record has two. */
  replace(count, seed) {
    const { keys, hashes } = burstOf(size, count / 2, seed);
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < keys.length; i += 1) {
      held.delete(keys[i]);
      held.set(keys[i], hashes[i]);
    }
    return Number(process.hrtime.bigint() - startedAt) / count;
  },
  digest: () => held.digest(),
});
