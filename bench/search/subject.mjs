// One process: an index that does what the suite says. Arguments: `topgun` or `floor`.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { answerParent } from '../method/processes.mjs';
import { keyOf, questionOf, textOf } from './workload.mjs';

const [name] = process.argv.slice(2);
const { create } = await import(name === 'topgun' ? './topgun.mjs' : './minisearch.mjs');
let index = null;
let saved = null;
let size = 0;

const msSince = (startedAt) => Number(process.hrtime.bigint() - startedAt) / 1e6;

answerParent({
  /** Resolves to milliseconds per document. */
  build(n) {
    size = n;
    const texts = Array.from({ length: n }, (_, i) => textOf(i));
    const startedAt = process.hrtime.bigint();
    index = create();
    texts.forEach((text, i) => index.add(keyOf(i), text));
    return msSince(startedAt) / n;
  },
  /** Resolves to milliseconds of each of so many questions. */
  query(count, seed) {
    return Array.from({ length: count }, (_, i) => {
      const text = questionOf(size, seed * count + i);
      const startedAt = process.hrtime.bigint();
      index.query(text);
      return msSince(startedAt);
    });
  },
  /** Resolves to milliseconds per change of a document. */
  async write(count, seed) {
    const changes = Array.from({ length: count }, (_, i) => [
      keyOf((seed * 7_919 + i * 31) % size),
      textOf(size + seed * count + i),
    ]);
    const startedAt = process.hrtime.bigint();
    for (const [key, text] of changes) index.change(key, text);
    const took = msSince(startedAt) / count;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return took;
  },
  /** Resolves to milliseconds of loading what was saved. */
  load() {
    saved ??= index.save();
    const startedAt = process.hrtime.bigint();
    const loaded = create(saved);
    const took = msSince(startedAt);
    if (loaded.query(questionOf(size, 1)).join() !== index.query(questionOf(size, 1)).join())
      throw new Error('loaded, it finds something else');
    return took;
  },
  /** How many documents a question finds: to compare. */
  found: (seed) => index.found(questionOf(size, seed)),
  heapMb() {
    saved = null;
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    return process.memoryUsage().heapUsed / 1e6;
  },
});
