import type { WholeSnapshot } from '../ports/snapshot-store.js';
import { readSnapshot, type PartitionSnapshot } from '../services/layout/snapshot-layout.js';
import type { Finding } from './finding.js';

export interface JudgedSnapshot {
  readonly findings: readonly Finding[];
  /** `null`: it cannot be read. */
  readonly snapshot: PartitionSnapshot | null;
}

/** PI-13: whether the bytes are a snapshot, and the one that the row says. `end`: the last position of the ledger. Its records are not looked at. */
export function judgeSnapshot({ partition, position, bytes }: WholeSnapshot, end: number): JudgedSnapshot {
  const read = readSnapshot(bytes);
  if (!read.ok) {
    const message = `The snapshot of partition ${partition} is damaged: ${read.error.reason}.`;
    return { findings: [{ code: 'snapshot-damaged', message }], snapshot: null };
  }
  const findings: Finding[] = [];
  const { value: snapshot } = read;
  if (snapshot.partition !== partition || snapshot.position !== position) {
    findings.push({
      code: 'snapshot-place',
      message: `The snapshot of partition ${partition} at position ${position} is that of partition ${snapshot.partition} at ${snapshot.position}.`,
    });
  }
  if (position > end) {
    findings.push({
      code: 'snapshot-place',
      message: `The snapshot of partition ${partition} is of position ${position}, and the ledger ends at ${end}.`,
    });
  }
  return { findings, snapshot };
}
