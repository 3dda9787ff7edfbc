import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { BackupError, type RunningSum } from '../backup-format.js';
import { OperationFailure } from '../operation-failure.js';

/** Instead of a file's name: standard input or output. */
export const STANDARD = '-';

export function sha256(): RunningSum {
  const hash = createHash('sha256');
  return { add: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

/** Throws where a file is in the way, or cannot be made. */
export async function checkTarget(file: string, overwrite: boolean): Promise<void> {
  if (file === STANDARD) return;
  const found = await stat(file).catch(() => null);
  if (found?.isFile() === false) throw new OperationFailure(`${file} is not a file.`);
  if (found !== null && !overwrite) {
    throw new OperationFailure(`${file} is there already; name another, or say --overwrite.`);
  }
  const folder = await stat(dirname(file)).catch(() => null);
  if (folder?.isDirectory() !== true) throw new OperationFailure(`The folder ${dirname(file)} does not exist.`);
}

/** Writes the file, compressed, and has it on the disk when it resolves. It has its name only once it is whole. */
export async function writeBackupFile(file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const source = Readable.from(content, { objectMode: false });
  if (file === STANDARD) {
    await pipeline(source, createGzip(), process.stdout, { end: false });
    return;
  }
  const partial = `${file}.partial`;
  try {
    await pipeline(source, createGzip(), createWriteStream(partial));
    await syncToDisk(partial);
    await rename(partial, file);
    await syncToDisk(dirname(file));
  } catch (error) {
    await rm(partial, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) throw error;
    throw new OperationFailure(`${file} cannot be written (${(error as Error).message}).`);
  }
}

async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}

/** What is in the file. Throws a `BackupError` where it is not whole, and an `OperationFailure` where there is none. */
export async function* readBackupFile(file: string): AsyncIterable<Uint8Array> {
  const source = file === STANDARD ? process.stdin : createReadStream(file);
  const unpacked = createGunzip();
  // Errors of the file end the pipe, and what reads it hears of them there.
  source.once('error', (error: Error) => unpacked.destroy(error));
  try {
    for await (const chunk of source.pipe(unpacked)) yield chunk as Uint8Array;
  } catch (error) {
    throw readFailure(file, error);
  }
}

function readFailure(file: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return new OperationFailure(`There is no file ${file}.`);
    case 'EISDIR':
      return new OperationFailure(`${file} is not a file.`);
    case 'EACCES':
      return new OperationFailure(`${file} cannot be read by this user.`);
    case 'Z_BUF_ERROR':
      return new BackupError('truncated', 'Its end is missing.');
    case 'Z_DATA_ERROR':
      return message.includes('header')
        ? new BackupError('not-a-backup', 'It is not a backup that topgun-server wrote.')
        : new BackupError('damaged', 'It cannot be unpacked: it was changed.');
    default:
      return error;
  }
}
