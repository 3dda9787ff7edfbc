import { canonicalRecord, type LwwRecord } from '../../packages/core/src/crdt/index.js';
import { PARTITION_COUNT } from '../../packages/core/src/primitives/index.js';
import { copyMemoryDisk, type MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import { createMemoryLedger } from '../../server/src/drivers/memory-ledger.js';
import { createMemorySnapshotStore } from '../../server/src/drivers/memory-snapshot-store.js';
import { claimLedger } from '../../server/src/services/coordination/ledger-ownership.js';
import { GridState } from '../../server/src/services/crdt/grid-state.js';
import { replayLedger, type Tails } from '../../server/src/services/crdt/replay-ledger.js';
import type { SnapshotFacts } from '../../server/src/services/layout/snapshot-layout.js';
import { loadSteps } from '../../server/src/services/loading/load-steps.js';
import { restoreSnapshots } from '../../server/src/services/persistence/restore-snapshots.js';
import type { Fault } from './faults.js';
import { must, Violation } from './violation.js';

/** PI-13: what a server starts with is what the whole log says, trimmed or not. Works on a copy of the disk. */
export async function judgeSnapshots(disk: MemoryDisk, fired: (fault: Fault) => void): Promise<void> {
  if (disk.snapshotProgress === null) return;
  fired('snapshot-start');
  if (disk.trimmed.length > 0) fired('trimmed-start');
  // Reading the whole log costs more than a server's start: one in four is judged.
  if (disk.epoch % 4 !== 0) return;
  const untrimmed = copyMemoryDisk(disk);
  untrimmed.segments.unshift(...untrimmed.trimmed.splice(0));
  const [whole, started] = [await stateOf(untrimmed, false), await stateOf(copyMemoryDisk(disk), true)];
  for (let partition = 0; partition < PARTITION_COUNT; partition += 1) {
    const [expected, found] = [textOf(whole, partition), textOf(started, partition)];
    must(
      found === expected,
      'snapshots',
      () => `partition ${partition} starts as\n  ${found}\n  instead of\n  ${expected}`,
    );
  }
  const rest = ({ mapTypes, forgottenThrough }: GridState): string =>
    JSON.stringify([inOrder(mapTypes), forgottenThrough]);
  must(rest(started) === rest(whole), 'snapshots', () => `starts with ${rest(started)} instead of ${rest(whole)}`);
}

async function stateOf(disk: MemoryDisk, withSnapshots: boolean): Promise<GridState> {
  const state = new GridState();
  const ownership = await claimLedger(createMemoryLedger(disk));
  const store = createMemorySnapshotStore(disk);
  const known: SnapshotFacts[] = [];
  const know = (facts: SnapshotFacts): void => {
    known.push(facts);
    state.know(facts, facts.sections);
  };
  const restored = withSnapshots
    ? await restoreSnapshots(store, ownership.position, know)
    : ({ ok: true, value: null } as const);
  if (!restored.ok) throw new Violation('snapshots', restored.error.message);
  const tails: Tails = new Map();
  const replayed = await replayLedger(ownership, state, restored.value, tails, () => undefined);
  if (!replayed.ok) throw new Violation('snapshots', replayed.error.message);
  for (const facts of known) {
    const stored = await store.records(facts.partition);
    const tail = tails.get(facts.partition) ?? [];
    const steps = loadSteps({ state, facts, records: stored!.bytes, tail, onTail() {}, onOpened() {} });
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done !== true) continue;
      if (step.value.ok) break;
      throw new Violation('snapshots', step.value.error.message);
    }
  }
  return state;
}

const inOrder = <T>(entries: Iterable<readonly [string, T]>): readonly (readonly [string, T])[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

const recordsText = (records: Iterable<readonly [string, LwwRecord]>): readonly unknown[] =>
  inOrder(records).map(([key, record]) => [key, canonicalRecord(record)]);

function textOf(state: GridState, partition: number): string {
  const maps = [...state.partition(partition)].map(([map, records]) => [map, recordsText(records)] as const);
  return JSON.stringify([inOrder(maps), inOrder(state.progressOf(partition))]);
}
