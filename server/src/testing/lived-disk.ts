import type { ReplicaId } from '@topgun/core/clock';
import type { Hash64 } from '@topgun/core/primitives';
import { WHOLE_MAP } from '@topgun/core/query';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import { OpAuthor } from './op-author.js';
import { settle, startTestHost, type TestHost } from './test-host.js';

export interface LivedDisk {
  readonly disk: MemoryDisk;
  readonly hosted: TestHost;
  readonly author: OpAuthor;
  /** Submits ops that change records, a set and counters, and lets what is due be written. */
  live(steps: number): Promise<void>;
}

const POLICY = { ops: 40, bytes: 1_000_000 };

/**
 * A disk that a host has used: records that were created, patched, removed and written again, a set, counters, records that end, refused ops; with snapshots, a log that
 * was trimmed behind them, and rows.
 */
export async function livedDisk(hash: Hash64, lineage = 'memory'): Promise<LivedDisk> {
  const disk = createMemoryDisk(lineage);
  const author = new OpAuthor('r.0', hash);
  const hosted = await startTestHost({ disk, hash, snapshotPolicy: POLICY });
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  let step = 0;
  const next = () => {
    step += 1;
    const key = `k${(step * 7) % 31}`;
    switch (step % 7) {
      case 0:
        return author.patch('todos', key, { done: step % 2 === 0 });
      case 1:
        return author.remove('todos', key);
      case 2:
        return author.add('tags', `t${step % 3}`, { name: `tag ${step}` });
      case 3:
        return author.count('likes', `c${step % 4}`, step % 5 === 0 ? -1 : 2);
      default:
        return author.create('todos', key, { text: `todo ${step}`, done: false, at: [step, { deep: 'é\u0000' }] });
    }
  };
  return {
    disk,
    hosted,
    author,
    async live(steps) {
      for (let i = 0; i < steps; i += 1) {
        hosted.host.send({ type: 'submit', session: 's', batches: author.batches(next()), bytes: 100 });
        await settle();
        for (let turn = 0; turn < 30 && hosted.timers.pending > 0; turn += 1) {
          hosted.timers.runAll();
          await settle();
        }
      }
    },
  };
}

/** Everything that clients would be shown of the maps, and how far their replicas are decided. */
export async function shownBy(disk: MemoryDisk, hash: Hash64): Promise<unknown> {
  const hosted = await startTestHost({ disk, hash, snapshotPolicy: POLICY });
  hosted.host.send({ type: 'announce', session: 'x', replicas: [['r.0' as ReplicaId, 0]] });
  ['todos', 'tags', 'likes'].forEach((map, sub) => {
    hosted.host.send({ type: 'open-view', session: 'x', sub, map, query: WHOLE_MAP });
  });
  // PI-7: their records come in step by step.
  for (let turn = 0; turn < 2_000 && hosted.of('view-opened').length < 3; turn += 1) {
    await settle();
    hosted.timers.runAll();
  }
  const views = hosted
    .of('view-opened')
    .toSorted((a, b) => a.sub - b.sub)
    .map(({ rows }) => [...rows].sort((a, b) => (a.key < b.key ? -1 : 1)));
  return { views, decided: hosted.of('announced').map(({ decided }) => decided) };
}
