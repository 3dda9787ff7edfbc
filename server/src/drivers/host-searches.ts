import type { Hash64 } from '@topgun/core/primitives';
import type { Timers } from '../ports/environment.js';
import type { HostEvent, SessionId } from '../ports/partition-host.js';
import type { GridState } from '../services/crdt/grid-state.js';
import type { PartitionLoader } from '../services/loading/partition-loader.js';
import { neededPartitions } from '../services/loading/query-partitions.js';
import { JointSearches } from '../services/query/joint-searches.js';
import type { RecordSource } from '../services/query/record-source.js';
import { SearchQuestions } from '../services/query/search-questions.js';
import type { SeenOf, ViewRegistry } from '../services/query/view-registry.js';
import { DEFAULT_PIECES, type Pieces } from '../services/query/view-turns.js';

type Emit = (event: HostEvent) => void;

/** SE-70: the part of a host that is one of several in their searches. */
export const createJointSearches = (timers: Timers, pieces: Pieces = DEFAULT_PIECES, emit: Emit): JointSearches =>
  new JointSearches({ timers, pieces, tell: emit });

export interface HostCountsParts {
  readonly views: ViewRegistry;
  readonly source: RecordSource;
  readonly state: GridState;
  readonly loader: PartitionLoader;
  readonly hash: Hash64;
  readonly timers: Timers;
  readonly seenBy: (session: SessionId) => SeenOf;
  readonly isShared: boolean;
  readonly emit: Emit;
}

/** SE-44, SE-72: what a host counts of searches, of all there is or of its part. */
export function createHostCounts(parts: HostCountsParts): SearchQuestions {
  const { emit, hash, isShared, loader, seenBy, source, state, timers, views } = parts;
  const counts = new SearchQuestions({
    searches: views.searches,
    source,
    seenBy,
    timers,
    load: (map, query) =>
      loader.need(neededPartitions(map, query, state, hash))?.then((failure) => failure === null) ?? null,
    tell: (session, answer) => emit({ type: 'search-answered', session, answer }),
    ...(isShared ? { tellPart: (session, counted) => emit({ type: 'search-counted', session, ...counted }) } : {}),
  });
  views.onApplied = (changes) => counts.note(changes);
  return counts;
}
