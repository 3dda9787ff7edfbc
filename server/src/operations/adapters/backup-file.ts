import { createHash } from 'node:crypto';
import { createGunzip, createGzip } from 'node:zlib';
import { BackupError, type RunningSum } from '../backup-format.js';
import { readWhole, writeWhole } from './whole-file.js';

export function sha256(): RunningSum {
  const hash = createHash('sha256');
  return { add: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

export const writeBackupFile = (file: string, content: AsyncIterable<Uint8Array>): Promise<void> =>
  writeWhole(file, content, [createGzip()]);

/** What is in the file, unpacked. Throws a `BackupError` where it is not whole, and an `OperationFailure` where there is none. */
export async function* readBackupFile(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* readWhole(file, createGunzip());
  } catch (error) {
    throw unpackFailure(error);
  }
}

function unpackFailure(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return new BackupError('truncated', 'Its end is missing.');
  if (code !== 'Z_DATA_ERROR') return error;
  return message.includes('header')
    ? new BackupError('not-a-backup', 'It is not a backup that topgun-server wrote.')
    : new BackupError('damaged', 'It cannot be unpacked: it was changed.');
}
