import { constants, type Stats } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { assertNever, err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from './database-error.js';
import { HEADER_BYTES, judgeHeader } from './sqlite-header.js';

/** What lies at a path: nothing yet, or a database of ours, perhaps with a write-ahead log that holds more of it. */
export type FoundFile =
  | { readonly kind: 'new' }
  | { readonly kind: 'ours'; readonly hasLog: boolean; readonly bytes: number };

/** Whether a database can be opened at `path`, without writing anything there. */
export async function inspectFile(path: string): Promise<Result<FoundFile, DatabaseError>> {
  const directory = dirname(path);
  const found = await statOf(path);
  if (found === null) {
    const folder = await statOf(directory);
    if (folder === null || !folder.isDirectory()) {
      return refuse(
        'no-directory',
        `The database file ${path} cannot be created: the folder ${directory} does not exist.`,
      );
    }
  } else if (!found.isFile()) {
    return refuse('not-a-file', `${path} is not a file, so it cannot be the database.`);
  }
  // The folder too: SQLite keeps its write-ahead log beside the file.
  for (const place of found === null ? [directory] : [path, directory]) {
    if (!(await isWritable(place))) {
      return refuse('not-writable', `The database ${path} cannot be used: this user may not read and write ${place}.`);
    }
  }
  if (found === null) return ok({ kind: 'new' });

  const header = await readStart(path);
  const log = await statOf(`${path}-wal`);
  const hasLog = log !== null && log.size > 0;
  const judged = judgeHeader(header, found.size, hasLog);
  switch (judged) {
    case 'new':
      return ok({ kind: 'new' });
    case 'ours':
      return ok({ kind: 'ours', hasLog, bytes: found.size });
    case 'not-a-database':
      return refuse('corrupt', `${path} is not a SQLite database, or its first page is damaged; it was left as it is.`);
    case 'truncated':
      return refuse('corrupt', `The database ${path} is damaged: its end is missing; it was left as it is.`);
    case 'foreign':
      return refuse('foreign', `${path} is a SQLite database of another application; it was left as it is.`);
    default:
      return assertNever(judged);
  }
}

const refuse = (code: DatabaseError['code'], message: string): { readonly ok: false; readonly error: DatabaseError } =>
  err({ code, message });

/** `null` when nothing is there, or when what is there cannot be looked at. */
async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch {
    return null;
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(HEADER_BYTES);
    const { bytesRead } = await file.read(buffer, 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
