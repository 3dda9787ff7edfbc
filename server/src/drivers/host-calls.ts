import type { Judging } from '../op-pipeline/decide-op.js';
import { nextStamp, type Stamp } from '@topgun/core/clock';
import { latestStamp, type LwwRecord } from '@topgun/core/crdt';
import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { CallDraftParts } from '../op-pipeline/call-draft.js';
import { createCalls, type Calls, type CallsOptions } from '../op-pipeline/calls.js';
import type { OpLimits, OpPipeline } from '../op-pipeline/op-pipeline.js';
import type { OpSession } from '../op-pipeline/op-session.js';
import type { HostCommand, HostEvent } from '../ports/partition-host.js';
import type { GridState } from '../services/crdt/grid-state.js';
import type { RecordChange } from '../services/crdt/overlay.js';
import type { PartitionLoader } from '../services/loading/partition-loader.js';
import { toAnswer } from '../services/procedures/call-outcome.js';
import { CALLS_REPLICA } from '../services/procedures/kept-calls.js';
import type { Procedures } from '../services/procedures/procedure.js';
import type { ViewRegistry } from '../services/query/view-registry.js';
import { createHostElsewhere, type HostElsewhere } from './elsewhere.js';

export interface HostCallsOptions extends Pick<
  CallsOptions,
  'hash' | 'clock' | 'timers' | 'log' | 'resolvers' | 'schema'
> {
  readonly limits: OpLimits & { readonly wholeMapRows: number };
  /** PR-1: what clients may have done. Left out: nothing. */
  readonly procedures?: Procedures;
  readonly journal?: { readonly keeps: (map: string) => boolean };
  /** PI-25: the partitions that are this host's; others have the rest. Left out, all are. */
  readonly owns?: (partition: number) => boolean;
}

export interface HostCalls extends Omit<Calls, 'take'> {
  /** Of a host that is one of several. */
  readonly elsewhere: HostElsewhere | null;
  /** Of a session that is not known nothing is done. */
  take(command: Extract<HostCommand, { type: 'call' }>, caller: OpSession | undefined): void;
}

export interface HostParts {
  readonly state: GridState;
  readonly views: ViewRegistry;
  readonly pipeline: OpPipeline;
  readonly loader: PartitionLoader;
  /** PI-49: what maps may take. */
  readonly quotas: Judging['quotas'];
  readonly emit: (event: HostEvent) => void;
}

/** PR-1: the calls of a host, over its state and in its pipeline. */
export function createHostCalls(
  options: HostCallsOptions,
  { state, views, pipeline, loader, quotas, emit }: HostParts,
): HostCalls {
  const { clock, hash, limits, log, resolvers, schema, timers } = options;
  /** CR-1: each of its own, and after all that it writes over. */
  let last: Stamp | '' = '';
  const stamp = (after: LwwRecord | undefined): Stamp => {
    const seen = after === undefined ? '' : latestStamp(after);
    last = nextStamp(seen > last ? seen : last, clock.now(), CALLS_REPLICA);
    return last;
  };
  const drafts: Omit<CallDraftParts, 'now' | 'author'> = {
    hash,
    resolvers,
    schema,
    quotas,
    replica: CALLS_REPLICA,
    recordBytes: limits.recordBytes,
    keyBytes: limits.keyBytes,
    stamp,
    keeps: options.journal?.keeps ?? (() => false),
    maxLooks: limits.wholeMapRows,
    find(map, { where }, most) {
      const found = views.recordsWhere(map, where, most);
      // What indexes have not been told of yet.
      const untold = pipeline.untold.filter((change) => change.map === map);
      return found === null || untold.length === 0 ? found : withUntold(found, untold);
    },
  };
  const { owns } = options;
  const elsewhere =
    owns === undefined ? null : createHostElsewhere({ hash, owns, state, pipeline, loader, drafts, emit });
  const needed = owns === undefined ? ALL_PARTITIONS : ALL_PARTITIONS.filter(owns);
  const calls = createCalls({
    ...drafts,
    clock,
    timers,
    log,
    procedures: options.procedures ?? {},
    state,
    elsewhere,
    needAll: () => loader.need(needed),
    decide: (decide, bytes, identity) => pipeline.call(decide, bytes, identity),
    answer({ session, id, name, outcome, rows, ops }) {
      // What became of the rest is not known.
      if (pipeline.isStopped) return;
      emit({ type: 'call-answered', session, name, answer: toAnswer(id, outcome), rows, ops });
    },
  });
  return {
    elsewhere,
    idle: () => calls.idle(),
    sessionClosed: (session) => calls.sessionClosed(session),
    get isIdle() {
      return calls.isIdle;
    },
    take({ session, call, bytes }, caller) {
      if (caller !== undefined) calls.take({ session, identity: caller.identity, message: call, bytes });
    },
  };
}

function* withUntold(
  found: Iterable<readonly [key: string, record: LwwRecord]>,
  untold: readonly RecordChange[],
): Iterable<readonly [key: string, record: LwwRecord]> {
  const changed = new Set(untold.map(({ key }) => key));
  for (const entry of found) if (!changed.has(entry[0])) yield entry;
  for (const { key, after } of untold) if (after !== undefined) yield [key, after];
}

const ALL_PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);
