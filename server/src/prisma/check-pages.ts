import { createClient, type Client } from '@libsql/client/sqlite3';

/** Files up to this size are looked through as a whole: a tenth of a second or two. */
export const WHOLE_UP_TO = 64 * 1024 * 1024;

/** What a start stands on. Of a larger file the rest is the cold store, which is made of the ledger, and records in snapshots, which have a checksum of their own. */
const NEEDED: ReadonlySet<unknown> = new Set([
  '_prisma_migrations',
  'ledger_owner',
  'ledger_segment',
  'cold_progress',
  'snapshot_head',
  'snapshot_progress',
]);

/** What SQLite finds wrong with the pages of an open database of so many bytes, or `null`; without a size, with all of them. */
export async function checkPages(client: Client, bytes = 0): Promise<string | null> {
  if (bytes <= WHOLE_UP_TO) return findingOf(client, '1');
  const tables = await client.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  for (const { name } of tables.rows) {
    if (!NEEDED.has(name)) continue;
    const finding = await findingOf(client, name as string);
    if (finding !== null) return `table ${name as string}: ${finding}`;
  }
  return null;
}

async function findingOf(client: Client, what: string): Promise<string | null> {
  const { rows } = await client.execute(`PRAGMA quick_check(${what})`);
  const finding = (rows[0]?.[0] ?? 'no answer') as string;
  return finding === 'ok' ? null : finding.replaceAll(/\s+/g, ' ').trim();
}

/**
 * The same of a file without a log, and without a trace: opened as immutable, SQLite makes no `-wal` and no `-shm` beside
 * it, which it otherwise does and, when the file is damaged, leaves there.
 */
export async function checkPagesOfFile(path: string, bytes: number): Promise<string | null> {
  const client = createClient({ url: `file:${encodeURIComponent(immutableUri(path))}` });
  try {
    return await checkPages(client, bytes);
  } finally {
    client.close();
  }
}

/** A name for SQLite itself, which reads options from it; the client's own URLs have none. */
const immutableUri = (path: string): string =>
  `file:${encodeURI(path).replaceAll('?', '%3F').replaceAll('#', '%23')}?mode=ro&immutable=1`;
