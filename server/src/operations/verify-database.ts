import type { Hash64 } from '@topgun/core/primitives';
import type { DatabaseReading, StoredOwner } from '../ports/database-reading.js';
import type { LedgerSegment } from '../ports/ledger.js';
import type { SnapshotsProgress } from '../ports/snapshot-store.js';
import { replaySegment } from '../services/crdt/replay-segment.js';
import { MapComparison, type MapRoots } from './compare-rows.js';
import type { Finding } from './finding.js';
import { judgeSnapshot } from './judge-snapshot.js';
import { LaggingRows } from './lagging-rows.js';
import { LedgerJudge } from './ledger-judge.js';
import { LoggedParts } from './logged-parts.js';
import { StoredState } from './stored-state.js';

export interface VerifyOptions {
  readonly reading: DatabaseReading;
  readonly hash: Hash64;
  /** Each thing that is wrong, as it is found. */
  readonly onFinding: (finding: Finding) => void;
  /** How many segments, snapshots and rows of how many are read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a database holds, whether all is well or not. */
export interface Verified extends StoredOwner {
  readonly segments: number;
  readonly snapshots: number;
  /** The last position in the ledger. */
  readonly position: number;
  readonly progress: SnapshotsProgress | null;
  /** How far the rows are written. */
  readonly through: number;
  readonly maps: readonly MapRoots[];
}

/**
 * PI-41: whether ledger, snapshots and rows say the same: each by itself, the log beside the snapshots, and both together, as a start would make them, beside the rows, record by record and by their Merkle
 * roots. Goes on behind what is wrong. Holds all records, those of snapshots as their bytes. `null`: no server has used the database.
 */
export async function verifyDatabase(options: VerifyOptions): Promise<Verified | null> {
  const { reading, hash, onFinding, onProgress } = options;
  const owner = await reading.owner();
  if (owner === null) return null;
  const { segments, snapshots, rows, position } = await reading.extent();
  const total = segments + snapshots + rows;
  let done = 0;
  const advance = (by: number): void => onProgress?.((done += by), total);
  const report = (findings: Iterable<Finding>): void => {
    for (const finding of findings) onFinding(finding);
  };

  const state = new StoredState(hash);
  const through = await reading.through();
  const lagging = new LaggingRows(through);
  const positions = new Map<number, number>();
  for await (const chunk of reading.snapshots()) {
    for (const stored of chunk) {
      const judged = judgeSnapshot(stored, position);
      report(judged.findings);
      positions.set(stored.partition, stored.position);
      lagging.noteSnapshot(stored.partition, stored.position);
      if (judged.snapshot !== null) report(state.restore({ ...judged.snapshot, partition: stored.partition }));
    }
    advance(chunk.length);
  }

  const progress = await reading.snapshotProgress();
  const judge = new LedgerJudge(owner, progress);
  const logged = new LoggedParts();
  const log = { judge, logged, lagging, state, positions, through: progress?.through ?? 0 };
  for await (const chunk of reading.segments()) {
    for (const segment of chunk) report(readSegment(segment, log));
    advance(chunk.length);
  }
  report(judge.end());
  report(logged.lackingIn(state));
  if (through > position) {
    onFinding({ code: 'row-ahead', message: `The rows say all up to ${through}, and the ledger ends at ${position}.` });
  }

  const maps: MapRoots[] = [];
  const compared = {
    state,
    hash,
    end: position,
    isLagging: (partition: number, map: string, key: string) => lagging.has(partition, map, key),
    isForgotten: (map: string, key: string) => logged.isForgotten(map, key),
  };
  const unread = new Set(state.maps());
  let current = null as { readonly map: string; readonly comparison: MapComparison } | null;
  const endMap = (comparison: MapComparison): void => {
    const ended = comparison.end();
    report(ended.findings);
    maps.push(ended.roots);
  };
  for await (const chunk of reading.rows()) {
    for (const row of chunk) {
      if (current?.map !== row.map) {
        if (current !== null) endMap(current.comparison);
        current = { map: row.map, comparison: new MapComparison(row.map, compared) };
        unread.delete(row.map);
      }
      report(current.comparison.row(row));
    }
    advance(chunk.length);
  }
  if (current !== null) endMap(current.comparison);
  for (const map of unread) endMap(new MapComparison(map, compared));
  return { ...owner, segments, snapshots, position, progress, through, maps };
}

interface Log {
  readonly judge: LedgerJudge;
  readonly logged: LoggedParts;
  readonly lagging: LaggingRows;
  readonly state: StoredState;
  /** Up to where the snapshot of a partition goes, where it has one. */
  readonly positions: ReadonlyMap<number, number>;
  /** Up to where snapshots say all. */
  readonly through: number;
}

/** Does again what no snapshot says, and keeps the rest to be looked for there. */
function readSegment(stored: LedgerSegment, log: Log): readonly Finding[] {
  const { position } = stored;
  const { findings, segment } = log.judge.judge(stored);
  if (segment === null) return findings;
  const open: (typeof segment.entries)[number][] = [];
  for (const entry of segment.entries) {
    log.logged.noteForgotten(entry);
    log.lagging.noteEntry(entry, position);
    const covered = Math.max(log.positions.get(entry.partition) ?? 0, log.through);
    if (position <= covered) log.logged.note(entry, position);
    else open.push(entry);
  }
  const replayed = replaySegment({ ...segment, entries: open }, log.state);
  if (replayed.ok) return findings;
  return [...findings, { code: 'segment-replay', message: `Segment ${position}: ${replayed.error}.` }];
}
