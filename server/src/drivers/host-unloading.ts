import type { LwwRecord } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Calls } from '../op-pipeline/calls.js';
import type { OpPipeline } from '../op-pipeline/op-pipeline.js';
import type { GridState } from '../services/crdt/grid-state.js';
import type { Gatherings } from '../services/loading/gathering.js';
import type { PartitionLoader } from '../services/loading/partition-loader.js';
import type { PartitionUnloader } from '../services/loading/partition-unloader.js';
import type { KeptRecords } from '../services/query/kept-records.js';
import type { ViewRegistry } from '../services/query/view-registry.js';

export interface UnloadingParts {
  /** `null`: nothing is unloaded. */
  readonly unloader: PartitionUnloader | null;
  readonly loader: PartitionLoader;
  readonly gatherings: Gatherings | null;
  readonly state: GridState;
  readonly views: ViewRegistry;
  readonly kept: KeptRecords;
  readonly hash: Hash64;
  readonly calls: Pick<Calls, 'isIdle'>;
  readonly pipeline: Pick<OpPipeline, 'atWork' | 'pendingWrites'>;
}

/** PI-45 to PI-47: unloading, for a host with all that may need records. */
export function startUnloading(parts: UnloadingParts): void {
  const { unloader, loader, gatherings, state, views, kept, hash, calls, pipeline } = parts;
  if (unloader === null) return;

  function* askedFor(partition: number): Iterable<readonly [map: string, key: string, record: LwwRecord]> {
    for (const [map, records] of state.partition(partition)) {
      for (const key of views.askedFor(map, records, (each) => partitionOf(hash, map, each) === partition)) {
        const record = state.record(partition, map, key);
        if (record !== undefined) yield [map, key, record];
      }
    }
    for (const [map, key] of gatherings?.keysOf(partition) ?? []) {
      const record = state.record(partition, map, key);
      if (record !== undefined) yield [map, key, record];
    }
  }

  views.onUnviewed = (map) => {
    if (gatherings?.isGathered(map) !== true) kept.dropMap(map);
  };
  unloader.start(loader, {
    atWork: () => (calls.isIdle && !views.isFilling ? pipeline.atWork() : 'all'),
    pendingWrites: () => pipeline.pendingWrites(),
    isHeld: (partition) => Array.from(state.mapsOf(partition)).some((map) => views.needsAll(map)),
    going: (partition) => kept.keep(partition, askedFor(partition)),
  });
}
