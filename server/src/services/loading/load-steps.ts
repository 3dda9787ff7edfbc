import { err, ok, type Result } from '@topgun/core/primitives';
import type { SchemaDefinition } from '@topgun/core/schema';
import type { GridState } from '../crdt/grid-state.js';
import { Overlay, type RecordChange } from '../crdt/overlay.js';
import type { RecordTable } from '../crdt/record-table.js';
import { ledgerDamage, type LedgerDamage, type PlacedWork } from '../crdt/replay-ledger.js';
import { replayRecords } from '../crdt/replay-segment.js';
import { indexRecords } from '../layout/index-records.js';
import { readSections, type SnapshotFacts } from '../layout/snapshot-layout.js';
import { snapshotDamage } from '../persistence/restore-snapshots.js';

/** So many records, or so many ops, take a millisecond or a few: then others have their turn. */
const RECORDS_PER_STEP = 4_000;
const OPS_PER_STEP = 250;

/** What has to be known to bring in the records of a partition. */
export type RecordFacts = Pick<SnapshotFacts, 'partition' | 'position' | 'sections' | 'sum'>;

export interface LoadParts {
  readonly state: GridState;
  readonly facts: RecordFacts;
  /** SC-11: how ops of the tail found records of an earlier version. */
  readonly schema?: SchemaDefinition | undefined;
  /** As they were read: nothing is known of them yet. */
  readonly records: Uint8Array;
  /** What the log has beyond them. */
  readonly tail: readonly PlacedWork[];
  /** What each segment of it changed: what would have been heard of it at a start that reads everything. */
  readonly onTail: (changes: readonly RecordChange[], at: Pick<PlacedWork, 'position' | 'writtenMs'>) => void;
  /** In the step that makes it hot. */
  readonly onOpened: () => void;
}

/**
 * PI-7: brings the records of a cold partition into the state, step by step, and makes it hot with the last one: from its snapshot, judged by its checksum, and what the
 * log has beyond that. Nobody sees anything of it before. Damage is a sentence.
 */
export function* loadSteps(parts: LoadParts): Generator<void, Result<void, LedgerDamage>> {
  const { state, facts, records, tail } = parts;
  const { partition } = facts;
  const sections = readSections(facts, records);
  if (!sections.ok) return err(snapshotDamage(partition, sections.error.reason));
  const tables: [string, RecordTable][] = [];
  for (const section of sections.value) {
    yield;
    const table = state.emptyTable(section.map);
    const indexed = yield* indexRecords(section, RECORDS_PER_STEP, (_key, at) => table.adopt(section.bytes, at));
    if (!indexed.ok) return err(snapshotDamage(partition, indexed.error.reason));
    tables.push([section.map, table]);
  }
  state.fill(partition, tables);
  let ops = 0;
  for (const work of tail) {
    const overlay = new Overlay(state.underLoad);
    const replayed = replayRecords(partition, work, overlay, parts.schema);
    if (!replayed.ok) return err(ledgerDamage(work.position, replayed.error));
    parts.onTail(overlay.applyTo(state.underLoad), work);
    ops += work.ops.length + work.merged.length + work.forgotten.length;
    if (ops < OPS_PER_STEP) continue;
    ops = 0;
    yield;
  }
  state.open(partition);
  parts.onOpened();
  return ok(undefined);
}
