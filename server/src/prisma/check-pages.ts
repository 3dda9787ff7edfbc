import { createClient, type Client } from '@libsql/client';

/** What SQLite finds wrong with the pages of an open database, or `null`. Reads all of them. */
export async function checkPages(client: Client): Promise<string | null> {
  const { rows } = await client.execute('PRAGMA quick_check(1)');
  const finding = (rows[0]?.[0] ?? 'no answer') as string;
  return finding === 'ok' ? null : finding.replaceAll(/\s+/g, ' ').trim();
}

/**
 * The same of a file without a log, and without a trace: opened as immutable, SQLite makes no `-wal` and no `-shm` beside
 * it, which it otherwise does and, when the file is damaged, leaves there.
 */
export async function checkPagesOfFile(path: string): Promise<string | null> {
  const client = createClient({ url: `file:${encodeURIComponent(immutableUri(path))}` });
  try {
    return await checkPages(client);
  } finally {
    client.close();
  }
}

/** A name for SQLite itself, which reads options from it; the client's own URLs have none. */
const immutableUri = (path: string): string =>
  `file:${encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')}?mode=ro&immutable=1`;
