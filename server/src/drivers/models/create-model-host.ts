import { nextStamp } from '@topgun/core/clock';
import { isVisible, planRemove, planUpdate } from '@topgun/core/crdt';
import { partitionOf, PARTITION_COUNT, TopGunError, type Hash64 } from '@topgun/core/primitives';
import { CallDraft, type CallDraftParts } from '../../op-pipeline/call-draft.js';
import type { OpPipeline } from '../../op-pipeline/op-pipeline.js';
import type { Clock } from '../../ports/environment.js';
import type { GridState } from '../../services/crdt/grid-state.js';
import type { PartitionLoader } from '../../services/loading/partition-loader.js';
import { keepMark, MODELS_MAP, MODELS_REPLICA } from '../../services/models/kept-marks.js';
import type { ModelHost } from '../../services/models/model-host.js';
import type { WriteBehind } from '../../services/persistence/write-behind.js';

export interface ModelHostParts extends Pick<
  CallDraftParts,
  'hash' | 'keyBytes' | 'recordBytes' | 'resolvers' | 'schema' | 'keeps'
> {
  readonly hash: Hash64;
  readonly clock: Clock;
  readonly state: GridState;
  readonly pipeline: OpPipeline;
  readonly loader: PartitionLoader;
  readonly writeBehind: WriteBehind;
}

/** About what a slice of rows takes in a segment. */
const SLICE_BYTES = 64 * 1024;

/** About what a mark takes there. */
const MARK_BYTES = 160;

/** A host, as those need it that keep maps and tables the same. */
export function createModelHost(parts: ModelHostParts): ModelHost {
  const { clock, hash, loader, pipeline, state, writeBehind } = parts;
  const partition = (map: string, key: string): number => partitionOf(hash, map, key);
  const record: ModelHost['record'] = (map, key) => {
    const at = partition(map, key);
    return state.isColdFor(at, map) ? undefined : state.record(at, map, key);
  };
  return {
    async need(map, keys) {
      const wanted = keys === null ? ALL_PARTITIONS : new Set(keys.map((key) => partition(map, key)));
      return ((await loader.need(wanted)) ?? null) === null;
    },
    record,
    records: (map) => state.records(map),
    staged: (overlay, map, key) => overlay.record(partition(map, key), map, key),
    take(overlay, { map, key, next, after, at }) {
      const draft = new CallDraft(
        {
          ...parts,
          replica: MODELS_REPLICA,
          stamp: () => nextStamp(after, at, MODELS_REPLICA),
          find: () => null,
          maxLooks: 0,
          now: clock.now(),
          author: null,
        },
        overlay,
      );
      try {
        draft.write(
          map,
          key,
          (held) => {
            const value = next(draft.get(map, key));
            return value === undefined ? planRemove(held) : planUpdate(held, () => value);
          },
          undefined,
        );
      } catch (error) {
        if (error instanceof TopGunError) return `The map does not take the row: ${error.message}`;
        throw error;
      }
      return draft.applyTo(overlay);
    },
    decide: (decide) => (pipeline.isStopped ? Promise.resolve(false) : pipeline.call(decide, SLICE_BYTES, null)),
    *marks() {
      for (const [mark, held] of state.records(MODELS_MAP)) if (isVisible(held)) yield mark;
    },
    mark(marks, isSet) {
      if (pipeline.isStopped || marks.length === 0) return Promise.resolve(marks.length === 0);
      return pipeline.upkeep(
        (staged) => marks.flatMap((mark) => keepMark(staged, hash, mark, isSet, clock.now())),
        marks.length * MARK_BYTES,
      );
    },
    owe(map, keys) {
      const writes = keys
        .map((key) => ({ map, key, after: record(map, key) }))
        .filter(({ after }) => after !== undefined);
      writeBehind.add(pipeline.position, writes);
    },
    room: () => writeBehind.room(),
  };
}

const ALL_PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);
