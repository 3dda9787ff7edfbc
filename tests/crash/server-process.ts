import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../server/bin/topgun-server.js', import.meta.url));
const built = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url));

/** The real server as a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** Signals it, and resolves when it has ended. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<ServerEnd>;
  readonly ended: Promise<ServerEnd>;
}

export interface ServerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  /** A SQLite file, or a whole URL. */
  readonly database: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** A command, with arguments, that runs the server as its own process. */
  readonly under?: readonly string[];
}

/** Starts the command on a free port and resolves when it says where it listens; rejects when it ends before. */
export async function startServerProcess(options: SpawnOptions): Promise<ServerProcess> {
  const { child, ended } = spawnServer(options);
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
      const said = /listening on (\S+)\n/.exec(text);
      if (said?.[1] !== undefined) resolve(said[1]);
    });
    void ended.then(({ code, stderr }) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
  });
  return {
    child,
    url,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs the command until it ends by itself. */
export const runServerProcess = (options: SpawnOptions): Promise<ServerEnd> => spawnServer(options).ended;

function spawnServer({ database, args = [], env = {}, uid, under = [] }: SpawnOptions): {
  readonly child: ChildProcess;
  readonly ended: Promise<ServerEnd>;
} {
  if (!existsSync(built)) throw new Error('The server is not built: run npm run build first.');
  const url = database.includes('://') ? database : `file:${database}`;
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const server = [process.execPath, command, '--host', '127.0.0.1', ...port, '--database', url, ...args];
  const [program, ...rest] = [...under, ...server];
  const child = spawn(program!, rest, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  const ended = new Promise<ServerEnd>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}
