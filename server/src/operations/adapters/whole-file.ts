import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperationFailure } from '../operation-failure.js';

/** Instead of a file's name: standard input or output. */
export const STANDARD = '-';

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

/** Writes the file, through `transform` where there is one, and has it on the disk when it resolves. It has its name only once it is whole. */
export async function writeWhole(
  file: string,
  content: AsyncIterable<Uint8Array | string>,
  transform: readonly Duplex[] = [],
): Promise<void> {
  const source = Readable.from(content, { objectMode: transform.length === 0 });
  if (file === STANDARD) {
    await pipeline([source, ...transform, process.stdout], { end: false });
    return;
  }
  const partial = `${file}.partial`;
  try {
    await pipeline([source, ...transform, createWriteStream(partial)]);
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

/** How many bytes are in the file; `null`: nobody can say. */
export async function sizeOf(file: string): Promise<number | null> {
  const found = file === STANDARD ? null : await stat(file).catch(() => null);
  return found?.isFile() === true ? found.size : null;
}

/** What is in the file, through `transform` where there is one. Throws an `OperationFailure` where it cannot be read; an error of `transform` as it is. */
export async function* readWhole(file: string, transform: Duplex | null = null): AsyncIterable<Uint8Array> {
  const source: Readable = file === STANDARD ? process.stdin : createReadStream(file);
  // Errors of the file end the pipe, and what reads it hears of them there.
  if (transform !== null) source.once('error', (error: Error) => transform.destroy(error));
  try {
    for await (const chunk of transform === null ? source : source.pipe(transform)) yield chunk as Uint8Array;
  } catch (error) {
    throw readFailure(file, error);
  }
}

function readFailure(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return new OperationFailure(`There is no file ${file}.`);
    case 'EISDIR':
      return new OperationFailure(`${file} is not a file.`);
    case 'EACCES':
      return new OperationFailure(`${file} cannot be read by this user.`);
    default:
      return error;
  }
}
