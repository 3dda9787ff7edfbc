import { TopGunError, type Hash64 } from '@topgun/core/primitives';
import { schemaUpgrade, type SchemaDefinition } from '@topgun/core/schema';
import type { Applied } from '../op-pipeline/stages.js';
import type { Clock, Logger, Timers } from '../ports/environment.js';
import type { SnapshotStore } from '../ports/snapshot-store.js';
import type { LedgerOwnership } from '../services/coordination/ledger-ownership.js';
import { capturePartition } from '../services/crdt/capture-partition.js';
import { GridState } from '../services/crdt/grid-state.js';
import { TableRoom } from '../services/crdt/record-table.js';
import { noteSeveralHosts } from '../services/crdt/several-hosts.js';
import { replayLedger, weightOf, type Tails } from '../services/crdt/replay-ledger.js';
import { readFacts, type SnapshotFacts } from '../services/layout/snapshot-layout.js';
import { Gatherings } from '../services/loading/gathering.js';
import { loadSteps, type RecordFacts } from '../services/loading/load-steps.js';
import { PartitionLoader } from '../services/loading/partition-loader.js';
import { PartitionUnloader } from '../services/loading/partition-unloader.js';
import { KeptRecords } from '../services/query/kept-records.js';
import { Lineages } from '../services/persistence/lineages.js';
import { restoreSnapshots } from '../services/persistence/restore-snapshots.js';
import { SnapshotSchedule, type SnapshotPolicy } from '../services/persistence/snapshot-schedule.js';
import { createSnapshotTaker, type SnapshotTaker } from '../services/persistence/snapshot-taker.js';
import type { WriteBehind } from '../services/persistence/write-behind.js';
import { MarkQueue } from '../services/retention/mark-queue.js';
import type { HashSeed } from '../services/slab/half-sip-hash.js';
import { createLateRows } from './late-rows.js';

export interface LoadOptions {
  readonly ownership: LedgerOwnership;
  readonly snapshots?: SnapshotStore;
  readonly snapshotPolicy?: SnapshotPolicy;
  readonly writeBehind: WriteBehind;
  /** Where the cold store stands. */
  readonly written: number;
  /** PI-14: how far the log may be given up, of what may be up to this position. */
  readonly trimmable?: ((through: number) => Promise<number>) | undefined;
  /** PI-25: of others it knows what maps hold, and nothing else. Left out, there are none. */
  readonly owns?: (partition: number) => boolean;
  /** SC-11: of which version records are to be. */
  readonly schema?: SchemaDefinition;
  /** PI-24: by what keys are found in memory. Left out, by what anybody could know. */
  readonly seed?: HashSeed;
  /** PI-46: what records may take, in bytes of their layout. Left out: all are brought in, and stay. */
  readonly memory?: { readonly budgetBytes: number; readonly clock: Clock; readonly hash: Hash64 } | undefined;
  readonly timers: Timers;
  readonly log: Logger;
}

/** What a host starts with. */
export interface Loaded {
  readonly state: GridState;
  readonly marks: MarkQueue;
  /** The last position in the ledger. */
  readonly position: number;
  /** PI-7: brings in the partitions of which the records are in snapshots. */
  readonly loader: PartitionLoader;
  readonly snapshots: Snapshots | null;
  /** PI-46: `null`: whatever is brought in stays. */
  readonly unloader: PartitionUnloader | null;
  /** PI-47: `null`: there is room for all. */
  readonly gatherings: Gatherings | null;
  /** PI-47. */
  readonly kept: KeptRecords;
}

export interface Snapshots extends Pick<SnapshotTaker, 'catchUp' | 'finish' | 'stop'> {
  /** A commit is the state. */
  note(applied: Applied): void;
}

/** Of the log, so much is read at a start: a second's worth. */
const DEFAULT_POLICY: SnapshotPolicy = { ops: 50_000, bytes: 32 * 1024 * 1024 };

/**
 * PI-7, PI-13: all of the state but the records that are in snapshots, what brings those in, and what takes the next snapshots. Throws where the ledger or
 * the head of a snapshot is damaged.
 */
export async function load(options: LoadOptions): Promise<Loaded> {
  const { ownership, writeBehind, written, snapshots: store, timers, log } = options;
  const state = new GridState(options.seed && new TableRoom(options.seed));
  const marks = new MarkQueue();
  const facts = new Map<number, RecordFacts>();
  const kept = new KeptRecords();
  const due = new Set<number>();
  const tails: Tails = new Map();
  const restored = store === undefined ? null : must(await restoreSnapshots(store, ownership.position, know));
  // Before any snapshot is taken.
  if (options.owns !== undefined) noteSeveralHosts(state);
  const schedule = new SnapshotSchedule(options.snapshotPolicy ?? DEFAULT_POLICY, restored?.through ?? 0);
  const lineages = new Lineages(restored?.through ?? 0, restored?.lineage ?? ownership.lineage);
  const held = writeBehind.hold();
  const { position, lineage } = must(
    await replayLedger(
      ownership,
      state,
      restored,
      tails,
      (changes, segment) => {
        lineages.note(segment.position, segment.lineage);
        marks.note(changes, segment.position, segment.writtenMs);
        if (segment.position > written) writeBehind.add(segment.position, changes);
        schedule.note(segment.position, segment.weight);
      },
      options.schema,
      options.owns,
    ),
  );
  // Not before: what was stored was made of what was stored.
  if (options.schema !== undefined) state.upgrade = schemaUpgrade(options.schema)?.record ?? null;
  ownership.lineage = lineage;
  const lateRows = createLateRows({ held, written, position, state, facts, tails });

  let storeNow: SnapshotTaker['store'] = () => {};
  const unloader = store === undefined || options.memory === undefined ? null : createUnloader(options.memory);
  const loader = new PartitionLoader({
    cold: facts.keys(),
    // PI-48: what ends there, and what the log says of removals and for the cold store, is not known before.
    ...(unloader === null ? {} : { room: unloader, due: [...tails.keys(), ...due], always: tails }),
    async read(partition) {
      const of = facts.get(partition)!;
      const stored = await store!.records(partition);
      if (stored?.position !== of.position) throw new Error('its snapshot has been replaced by another server');
      return loadSteps({
        state,
        facts: of,
        schema: options.schema,
        records: stored.bytes,
        tail: tails.get(partition) ?? [],
        onTail(changes, { position: at, writtenMs }) {
          marks.note(changes, at, writtenMs);
          lateRows.add(at, changes);
        },
        onOpened() {
          lateRows.opened(partition);
          tails.delete(partition);
          kept.drop(partition);
          unloader?.opened(partition);
        },
      });
    },
    timers,
    log,
  });

  function know(found: SnapshotFacts): void {
    if (options.owns?.(found.partition) === false) {
      for (const [map, type] of found.types) state.fixMapType(map, type);
      return;
    }
    facts.set(found.partition, factsOf(found));
    // What lies there is not in the cold store yet.
    if (found.position > written || found.sections.some(({ hasEnds }) => hasEnds)) due.add(found.partition);
    state.know(found, found.sections);
    marks.restore(found.partition, found.marks);
  }

  function createUnloader({ budgetBytes, clock }: NonNullable<LoadOptions['memory']>): PartitionUnloader {
    return new PartitionUnloader({
      budgetBytes,
      bytesOf: (partition) => state.bytesOf(partition),
      coldBytesOf: (partition) => state.coldBytesOf(partition),
      isChanged: (partition) => !facts.has(partition) || schedule.isChanged(partition),
      store: (partitions) => storeNow(partitions),
      drop: (partition) => state.unload(partition),
      records: state,
      clock,
      timers,
      log,
    });
  }

  const need = (partitions: Iterable<number>) => loader.need(partitions);
  const gatherings =
    unloader === null || options.memory === undefined
      ? null
      : new Gatherings({
          state,
          kept,
          hash: options.memory.hash,
          need,
          shareBytes: unloader.shareBytes,
          bytesOf: (partition) => unloader.bytesOf(partition),
        });

  if (store === undefined) return { state, marks, position, loader, snapshots: null, unloader, gatherings, kept };
  const taker = createSnapshotTaker({
    schedule,
    // PI-45: a snapshot is no reason to stay.
    need: (partitions) => loader.need([...partitions].filter((partition) => !state.isHot(partition))),
    capture: (partition, at) =>
      capturePartition(state, { partition, position: at, lineage: lineages.at(at) }, marks.of(partition)),
    store,
    ownership,
    writeBehind,
    lineageAt: (at) => lineages.at(at),
    trimmable: options.trimmable,
    onWritten(snapshots) {
      if (unloader === null) return;
      for (const { partition, head } of snapshots) facts.set(partition, factsWritten(head));
      unloader.stored();
    },
    timers,
    log,
  });
  storeNow = (partitions) => taker.store(partitions);
  return {
    state,
    marks,
    position,
    loader,
    unloader,
    gatherings,
    kept,
    snapshots: {
      note({ position: at, frames }) {
        const entries = frames.flatMap((frame) => frame.entries);
        const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
        lineages.note(at, ownership.lineage);
        taker.note(at, weightOf({ entries, bytes }));
      },
      catchUp: () => taker.catchUp(),
      finish: () => taker.finish(),
      stop: () => taker.stop(),
    },
  };
}

const factsOf = ({ partition, position, sections, sum }: RecordFacts): RecordFacts => ({
  partition,
  position,
  sections,
  sum,
});

function factsWritten(head: Uint8Array): RecordFacts {
  const read = readFacts(head);
  if (!read.ok) throw new Error(`a snapshot was written that cannot be read: ${read.error.reason}`);
  return factsOf(read.value);
}

function must<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: { readonly code: 'ledger-damaged'; readonly message: string } },
): T {
  if (result.ok) return result.value;
  throw new TopGunError(result.error.code, result.error.message);
}
