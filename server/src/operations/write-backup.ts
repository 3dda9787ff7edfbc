import type { DatabaseReading, StoredOwner } from '../ports/database-reading.js';
import { BACKUP_VERSION, type BackupEnd, type BackupHeader, type PartHead, type RunningSum } from './backup-format.js';
import type { Finding } from './finding.js';
import { judgeSnapshot } from './judge-snapshot.js';
import { LedgerJudge } from './ledger-judge.js';

export interface WriteBackupOptions {
  readonly reading: DatabaseReading;
  /** In ms since 1970. */
  readonly now: number;
  readonly sum: RunningSum;
  /** How many parts of how many are written. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Why a database is not backed up: what is in it could not be restored. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ message }) => message).join(' '));
    this.findings = findings;
  }
}

const encoder = new TextEncoder();
const LINE_END = encoder.encode('\n');

/**
 * PI-40: the truth of a database as one stream: who owns it, its snapshots, its log. What can be made of these, the rows for other programs, is not in it. Throws a
 * `DamagedError` at the first part that could not be restored: a backup that is not one is worse than none. `null`: nothing was ever in the database.
 */
export async function writeBackup(options: WriteBackupOptions): Promise<AsyncIterable<Uint8Array> | null> {
  const owner = await options.reading.owner();
  return owner === null ? null : parts(options, owner);
}

async function* parts(
  { reading, now, sum, onProgress }: WriteBackupOptions,
  owner: StoredOwner,
): AsyncIterable<Uint8Array> {
  const progress = await reading.snapshotProgress();
  const { segments, snapshots, position } = await reading.extent();
  const total = segments + snapshots;
  const said = { snapshots: 0, segments: 0 };
  const summed = (bytes: Uint8Array): Uint8Array => {
    sum.add(bytes);
    return bytes;
  };
  const line = (value: BackupHeader | PartHead): Uint8Array => summed(encoder.encode(`${JSON.stringify(value)}\n`));
  const advance = (): void => onProgress?.(said.segments + said.snapshots, total);

  yield line({
    topgun: 'backup',
    version: BACKUP_VERSION,
    ...owner,
    position,
    snapshots: progress,
    parts: total,
    takenAt: now,
  });
  for await (const chunk of reading.snapshots()) {
    for (const stored of chunk) {
      refuse(judgeSnapshot(stored, position).findings);
      const { partition, position: at, bytes } = stored;
      yield line({ part: 'snapshot', partition, position: at, bytes: bytes.length });
      yield summed(bytes);
      yield summed(LINE_END);
      said.snapshots += 1;
    }
    advance();
  }
  const judge = new LedgerJudge(owner, progress);
  for await (const chunk of reading.segments()) {
    for (const stored of chunk) {
      refuse(judge.judge(stored).findings);
      yield line({ part: 'segment', position: stored.position, epoch: stored.epoch, bytes: stored.bytes.length });
      yield summed(stored.bytes);
      yield summed(LINE_END);
      said.segments += 1;
    }
    advance();
  }
  refuse(judge.end());
  const end: BackupEnd = { part: 'end', ...said, sha256: sum.digest() };
  yield encoder.encode(`${JSON.stringify(end)}\n`);
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new DamagedError(findings);
}
