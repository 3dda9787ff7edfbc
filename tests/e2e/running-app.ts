import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startServerProcess, type ServerProcess } from '../crash/server-process.js';
import { databaseRows, type DatabaseRow } from './database-rows.js';
import { freePort } from '../crash/free-port.js';

/** A real server process that serves a built app, on an SQLite file of its own. */
export class RunningApp {
  readonly url: string;
  /** The built app that it serves. */
  readonly dist: string;
  readonly database: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #serverArgs: readonly string[];
  #server: ServerProcess | null = null;

  /** Use `startApp`. */
  constructor(dist: string, port: number, serverArgs: readonly string[]) {
    if (!existsSync(join(dist, 'index.html'))) throw new Error(`There is no app in ${dist}: run npm run build first.`);
    this.dist = dist;
    this.#port = port;
    this.#serverArgs = serverArgs;
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'topgun-e2e-'));
    this.database = join(this.#folder, 't.db');
  }

  /** Starts the server, again after `kill` on the same port and file. */
  async start(): Promise<void> {
    if (this.#server !== null) throw new Error('the server is running');
    const args = ['--port', String(this.#port), '--static', this.dist, ...this.#serverArgs];
    this.#server = await startServerProcess({ database: this.database, args });
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async close(): Promise<void> {
    await this.#end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  rows(map = 'todos'): Promise<DatabaseRow[]> {
    return databaseRows(this.database, map);
  }

  /** The todos in the database that are not deleted, by their text: what other programs see. */
  async todos(): Promise<{ readonly text: unknown; readonly done: unknown }[]> {
    const rows = await this.rows();
    return rows
      .flatMap(({ value }) => (value === null ? [] : [{ text: value['text'], done: value['done'] }]))
      .sort((a, b) => String(a.text).localeCompare(String(b.text)));
  }

  async row(key: string, map = 'todos'): Promise<DatabaseRow['value'] | undefined> {
    return (await this.rows(map)).find((row) => row.key === key)?.value;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.end(signal);
  }
}

export async function startApp(dist: string, serverArgs: readonly string[] = []): Promise<RunningApp> {
  const app = new RunningApp(dist, await freePort(), serverArgs);
  await app.start();
  return app;
}
