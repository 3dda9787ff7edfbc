import { err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../database-error.js';

/** Where a PostgreSQL database is, and as whom it is entered. */
export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  /** `undefined`: the driver asks PGUSER, then who runs this process. */
  readonly user: string | undefined;
  /** `undefined`: the driver asks PGPASSWORD. */
  readonly password: string | undefined;
  readonly database: string;
  /** The PostgreSQL schema that holds the tables, and nothing else. */
  readonly schema: string;
  readonly encryption: PostgresEncryption;
  /** The file of the authority that `verify-full` trusts; `undefined`: those that Node trusts. */
  readonly rootCertificate: string | undefined;
  /** For sentences: without user and password. */
  readonly name: string;
}

/** As libpq's `sslmode`. `require` encrypts, and believes whoever answers; `verify-full` looks at the certificate. */
export type PostgresEncryption = (typeof ENCRYPTIONS)[number];
const ENCRYPTIONS = ['disable', 'require', 'verify-full'] as const;

const OPTIONS = new Set(['schema', 'sslmode', 'sslrootcert', 'host']);
const EXAMPLE = 'postgresql://user:password@host:5432/database';

export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:/i.test(url);

/**
 * Reads `postgresql://user:password@host:5432/database?schema=topgun&sslmode=verify-full`; the default of `schema` is
 * `public`, as Prisma's is. No refusal repeats any part of the URL that may hold the password.
 */
export function parsePostgresUrl(url: string): Result<PostgresPlace, DatabaseError> {
  if (!/^postgres(ql)?:\/\//i.test(url)) return refuse('the scheme is followed by //');
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return refuse('it is not a URL; letters like # / @ in a password are written as %23 %2F %40');
  }
  if (parsed.hash !== '') return refuse('it holds a #; in a password it is written as %23');
  const options = parsed.searchParams;
  for (const key of options.keys()) {
    if (!OPTIONS.has(key)) return refuse(`the option ${JSON.stringify(key)} is not known`);
    if (options.getAll(key).length > 1) return refuse(`the option ${key} is there twice`);
  }
  const encryption = ENCRYPTIONS.find((one) => one === (options.get('sslmode') ?? 'disable'));
  if (encryption === undefined) return refuse(`sslmode is one of ${ENCRYPTIONS.join(', ')}`);
  const decoded = decodeAll([parsed.username, parsed.password, parsed.hostname, parsed.pathname.slice(1)]);
  if (decoded === null) return refuse('a % in it is not followed by two hexadecimal digits');
  const [user = '', password = '', hostname = '', database = ''] = decoded;
  const host = options.get('host') ?? hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') return refuse('it names no host');
  if (database === '' || database.includes('/')) return refuse('it names no database');
  const schema = options.get('schema') ?? 'public';
  if (schema === '' || new TextEncoder().encode(schema).length > 63) return refuse('schema is a name of 1 to 63 bytes');
  const port = parsed.port === '' ? 5432 : Number(parsed.port);
  return ok({
    host,
    port,
    user: user === '' ? undefined : user,
    password: password === '' ? undefined : password,
    database,
    schema,
    encryption,
    rootCertificate: options.get('sslrootcert') ?? undefined,
    name: `PostgreSQL database ${database} on ${host}:${port}${schema === 'public' ? '' : ` (schema ${schema})`}`,
  });
}

const refuse = (why: string): { readonly ok: false; readonly error: DatabaseError } =>
  err({ code: 'unsupported-url', message: `The PostgreSQL URL cannot be used: ${why}. Write it like ${EXAMPLE}.` });

function decodeAll(parts: readonly string[]): readonly string[] | null {
  try {
    return parts.map((part) => decodeURIComponent(part));
  } catch {
    return null;
  }
}
