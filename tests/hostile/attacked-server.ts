import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';

const SECRET = 'a secret that is long enough to be one';

export interface ServerReport {
  /** After all garbage is collected. */
  readonly heapBytes: number;
  /** What has been audited, by name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A real server in a process of its own. */
export interface AttackedServer {
  readonly url: string;
  /** How it ended, and with what words; `null` while it runs. */
  readonly ended: string | null;
  report(): Promise<ServerReport>;
  stop(): Promise<void>;
}

export interface AttackedOptions {
  /** `open`: nobody is limited, so that what is sent gets through. */
  readonly budgets: 'open' | 'shipped';
  readonly defect?: 'leak' | 'crash' | 'memory';
}

export async function startAttacked({ budgets, defect }: AttackedOptions): Promise<AttackedServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'topgun-hostile-'));
  const module = fileURLToPath(new URL('./server.mjs', import.meta.url));
  const args = [path.join(folder, 'topgun.db'), SECRET, budgets, ...(defect === undefined ? [] : [defect])];
  const child = fork(module, args, {
    execArgv: ['--expose-gc'],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => (words += String(chunk)));
  let ended: string | null = null;
  const end = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      ended = `${code ?? signal}: ${words.slice(0, 2_000)}`;
      resolve();
    });
  });
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as T));
      void end.then(() => reject(new Error(`the server has ended, ${ended}`)));
    });
  const { url } = await next<{ url: string }>();
  return {
    url,
    get ended() {
      return ended;
    },
    report() {
      const report = next<ServerReport>();
      child.send('report');
      return report;
    },
    async stop() {
      child.kill('SIGKILL');
      await end;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const tokenOf = (sub: string): Promise<string> =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
