import { decodeRecord, typeOfOp, typeOfRecord, wireToOp, type MapType } from '@topgun/core/crdt';
import type { DatabaseReading, StoredOwner } from '../ports/database-reading.js';
import { AS_IT_WAS_TAKEN } from '../services/crdt/replay-segment.js';
import { APPLIED, SUPERSEDED, type Segment } from '../services/persistence/segment.js';
import type { Finding } from './finding.js';
import { judgeSnapshot } from './judge-snapshot.js';
import { LedgerJudge } from './ledger-judge.js';

/** What has to be known of a database before anything is appended to it. */
export interface Survey {
  readonly findings: readonly Finding[];
  /** What each map holds. */
  readonly types: Map<string, MapType>;
  /** The name of the history now. */
  readonly lineage: string;
  readonly position: number;
}

/** Looks through snapshots and log, and holds none of it. `owner`: whose ledger it is; where nobody's, it is begun by whoever asks. */
export async function surveyDatabase(reading: DatabaseReading, owner: StoredOwner): Promise<Survey> {
  const findings: Finding[] = [];
  const types = new Map<string, MapType>();
  const fix = (map: string, type: MapType | null): void => {
    if (type !== null && !types.has(map)) types.set(map, type);
  };
  const { position } = await reading.extent();
  for await (const chunk of reading.snapshots()) {
    for (const stored of chunk) {
      const judged = judgeSnapshot(stored, position);
      findings.push(...judged.findings);
      for (const [map, type] of judged.snapshot?.types ?? []) fix(map, type);
    }
  }
  const judge = new LedgerJudge(owner, await reading.snapshotProgress());
  for await (const chunk of reading.segments()) {
    for (const stored of chunk) {
      const judged = judge.judge(stored);
      findings.push(...judged.findings);
      for (const [map, type] of judged.segment === null ? [] : typesIn(judged.segment)) fix(map, type);
    }
  }
  findings.push(...judge.end());
  return { findings, types, lineage: judge.lineage, position };
}

function* typesIn({ entries }: Segment): Iterable<readonly [string, MapType | null]> {
  for (const { replica, ops, merged } of entries) {
    for (const [wire, verdict] of ops) {
      if (verdict !== APPLIED && verdict !== SUPERSEDED) continue;
      const op = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
      if (op.ok) yield [op.value.map, typeOfOp(op.value)];
    }
    for (const [map, , wire] of merged ?? []) {
      const record = decodeRecord(wire);
      if (record.ok) yield [map, typeOfRecord(record.value)];
    }
  }
}
