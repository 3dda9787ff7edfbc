import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { OpPipeline } from '../op-pipeline/op-pipeline.js';
import type { HostGauges } from '../ports/host-gauges.js';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import type { GridState } from '../services/crdt/grid-state.js';
import type { QuotaShare } from '../services/crdt/quota-share.js';
import type { Journal } from '../services/journal/journal.js';
import type { Gatherings } from '../services/loading/gathering.js';
import type { PartitionLoader } from '../services/loading/partition-loader.js';
import type { PartitionUnloader } from '../services/loading/partition-unloader.js';
import type { JointSearches } from '../services/query/joint-searches.js';
import type { SearchQuestions } from '../services/query/search-questions.js';
import type { ViewRegistry } from '../services/query/view-registry.js';
import type { LostHistory } from '../services/retention/lost-history.js';
import type { Retention } from '../services/retention/retention.js';
import type { HostCalls } from './host-calls.js';
import type { Snapshots } from './load-partitions.js';

/** The parts of a host that has started. */
export interface Running {
  readonly ownership: LedgerOwnership;
  readonly state: GridState;
  readonly views: ViewRegistry;
  readonly pipeline: OpPipeline;
  readonly retention: Retention;
  readonly history: LostHistory;
  readonly snapshots: Snapshots | null;
  readonly journal: Journal | null;
  readonly loader: PartitionLoader;
  /** `null`: everything stays in memory. */
  readonly unloader: PartitionUnloader | null;
  /** `null`: there is room for all. */
  readonly gatherings: Gatherings | null;
  readonly counts: SearchQuestions;
  /** Of a host that is one of several. */
  readonly joint: JointSearches | null;
  /** Of a host that is one of several, where maps have quotas. */
  readonly share: QuotaShare | null;
  readonly calls: HostCalls;
}

/** What it says of itself. `null`: it has not started. */
export function gaugesOf(running: Running | null, owns: (partition: number) => boolean): HostGauges {
  const owned = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition).filter(owns).length;
  const { messages = 0, bytes = 0 } = running?.pipeline.waiting ?? {};
  const coldPartitions = running?.loader.coldCount ?? owned;
  return {
    waitingMessages: messages,
    waitingBytes: bytes,
    hotPartitions: owned - coldPartitions,
    coldPartitions,
    recordBytes: running === null ? 0 : recordBytes(running.state),
    views: running?.views.size ?? 0,
    position: running?.pipeline.position ?? 0,
  };
}

function recordBytes(state: GridState): number {
  let bytes = 0;
  for (let partition = 0; partition < PARTITION_COUNT; partition += 1) bytes += state.bytesOf(partition);
  return bytes;
}
