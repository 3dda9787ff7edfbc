import { isPlainObject } from '@topgun/core/primitives';
import type { LedgerSegment } from '../ports/ledger.js';
import type { WholeSnapshot } from '../ports/snapshot-store.js';
import { BACKUP_VERSION, BackupError, type BackupHeader, type PartHead, type RunningSum } from './backup-format.js';
import { ByteSource } from './byte-source.js';
import type { Finding } from './finding.js';
import { judgeSnapshot } from './judge-snapshot.js';
import { LedgerJudge } from './ledger-judge.js';

export type BackupPart =
  | ({ readonly type: 'snapshot' } & WholeSnapshot)
  | ({ readonly type: 'segment' } & LedgerSegment);

export interface OpenBackup {
  readonly header: BackupHeader;
  /** Throws a `BackupError` where something is wrong; it is only whole when these have come to their end. */
  readonly parts: AsyncIterable<BackupPart>;
  /** SY-2: the name of the history by the part that was read last. */
  lineage(): string;
}

/** PI-40: reads what `writeBackup` wrote, and judges each part as it comes. Throws a `BackupError`. */
export async function readBackup(chunks: AsyncIterable<Uint8Array>, sum: RunningSum): Promise<OpenBackup> {
  const source = new ByteSource(chunks);
  const first = await source.line();
  const header = first === null ? null : parsed(first);
  if (first === null || header?.['topgun'] !== 'backup') {
    throw new BackupError('not-a-backup', 'It is not a backup that topgun-server wrote.');
  }
  if (header['version'] !== BACKUP_VERSION) {
    const message = `It is a backup of format ${String(header['version'])}, and this version reads ${BACKUP_VERSION}.`;
    throw new BackupError('newer-format', message);
  }
  if (!isHeader(header)) throw new BackupError('damaged', 'Its first line is not as one is written.');
  addLine(sum, first);
  const judge = new LedgerJudge(header, header.snapshots);
  return { header, parts: partsOf(source, header, judge, sum), lineage: () => judge.lineage };
}

async function* partsOf(
  source: ByteSource,
  header: BackupHeader,
  judge: LedgerJudge,
  sum: RunningSum,
): AsyncIterable<BackupPart> {
  const read = { snapshots: 0, segments: 0 };
  for (;;) {
    const line = await source.line();
    if (line === null) throw new BackupError('truncated', 'Its end is missing.');
    const head = parsed(line);
    if (head?.['part'] === 'end') {
      checkEnd(head, read, sum.digest());
      break;
    }
    if (!isPartHead(head)) throw new BackupError('damaged', 'Something in it is neither a snapshot nor a segment.');
    addLine(sum, line);
    const bytes = await source.exactly(head.bytes);
    addLine(sum, bytes);
    if ((await source.exactly(1))[0] !== 10)
      throw new BackupError('damaged', 'A part of it does not end where it says.');
    if (head.part === 'segment') {
      const segment = { position: head.position, epoch: head.epoch, bytes };
      refuse(judge.judge(segment).findings);
      read.segments += 1;
      yield { type: 'segment', ...segment };
    } else {
      const snapshot = { partition: head.partition, position: head.position, bytes };
      refuse(judgeSnapshot(snapshot, header.position).findings);
      read.snapshots += 1;
      yield { type: 'snapshot', ...snapshot };
    }
  }
  refuse(judge.end());
  if (judge.position !== header.position) {
    throw new BackupError('damaged', `Its ledger ends at ${judge.position}, not at ${header.position}.`);
  }
  if ((await source.line()) !== null) throw new BackupError('damaged', 'Something follows its end.');
}

function checkEnd(end: Record<string, unknown>, read: Record<'snapshots' | 'segments', number>, digest: string): void {
  const isWhole = end['snapshots'] === read.snapshots && end['segments'] === read.segments;
  if (!isWhole) throw new BackupError('damaged', 'It holds other parts than its end says.');
  if (end['sha256'] !== digest) throw new BackupError('damaged', 'Its checksum is another: it was changed.');
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new BackupError('damaged', findings.map(({ message }) => message).join(' '));
}

const LINE_END = Uint8Array.of(10);

function addLine(sum: RunningSum, bytes: Uint8Array): void {
  sum.add(bytes);
  sum.add(LINE_END);
}

function parsed(line: Uint8Array): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(line).toString('utf8'));
    return isPlainObject(json) ? json : null;
  } catch {
    return null;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isHeader(header: Record<string, unknown>): header is Record<string, unknown> & BackupHeader {
  const { epoch, lineage, position, snapshots, parts, takenAt } = header;
  const isProgress =
    snapshots === null ||
    (isPlainObject(snapshots) && isCount(snapshots['through']) && typeof snapshots['lineage'] === 'string');
  return (
    [epoch, position, parts, takenAt].every(isCount) && typeof lineage === 'string' && lineage !== '' && isProgress
  );
}

function isPartHead(head: Record<string, unknown> | null): head is Record<string, unknown> & PartHead {
  if (head === null || !isCount(head['position']) || !isCount(head['bytes'])) return false;
  return head['part'] === 'segment'
    ? isCount(head['epoch'])
    : head['part'] === 'snapshot' && isCount(head['partition']);
}
