import type pg from 'pg';

import { isRefusal, reasonOf } from '../../prisma/postgresql/postgres-error.js';

export interface PostgresLinkOptions {
  /** The connection there is already. */
  readonly first: pg.Client;
  readonly connect: () => Promise<pg.Client>;
  /** The connection is lost, at the first failed try to get another, and `null` when there is one again. */
  readonly onTrouble?: (reason: string | null) => void;
  /** Between tries to connect, twice as long each time. */
  readonly retry?: { readonly initialDelayMs: number; readonly maxDelayMs: number };
}

/** One connection, made anew whenever it is lost. */
export interface PostgresLink {
  /** Runs on the connection there is, and waits while there is none. Rejects with what `work` rejects with, or when closed. */
  run<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
  /** Ends the connection under whatever uses it. */
  cut(client: pg.Client, reason: string): void;
  /** Why there is no connection now; `null` when there is one. */
  readonly trouble: string | null;
  close(): Promise<void>;
}

/** How long a server may take to hear that a connection is over. */
const CLOSE_MS = 1_000;

interface Waiter {
  resolve(client: pg.Client): void;
  reject(error: Error): void;
}

export function createPostgresLink({ first, connect, onTrouble, retry }: PostgresLinkOptions): PostgresLink {
  const { initialDelayMs, maxDelayMs } = retry ?? { initialDelayMs: 50, maxDelayMs: 2_000 };
  const waiting: Waiter[] = [];
  let current: pg.Client | null = null;
  let trouble: string | null = null;
  let told = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const adopt = (client: pg.Client): void => {
    current = client;
    if (trouble !== null && told) onTrouble?.(null);
    trouble = null;
    told = false;
    client.on('error', (error) => lose(client, reasonOf(error)));
    client.on('end', () => lose(client, 'the connection has ended'));
    for (const waiter of waiting.splice(0)) waiter.resolve(client);
  };

  const lose = (client: pg.Client, reason: string): void => {
    if (current !== client) return;
    current = null;
    trouble = reason;
    // Not by the driver's `end`, which waits for the answer to what is under way.
    client.connection.stream.destroy();
    if (!closed) reconnect(0);
  };

  const reconnect = (tried: number): void => {
    connect().then(
      (client) => {
        if (closed) void client.end().catch(() => undefined);
        else adopt(client);
      },
      (error: unknown) => {
        if (closed) return;
        trouble = reasonOf(error);
        if (!told) onTrouble?.(trouble);
        told = true;
        timer = setTimeout(() => reconnect(tried + 1), Math.min(initialDelayMs * 2 ** tried, maxDelayMs));
      },
    );
  };

  const reach = (): Promise<pg.Client> => {
    if (closed) return Promise.reject(new Error('the store is closed'));
    if (current !== null) return Promise.resolve(current);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };

  adopt(first);
  return {
    async run(work) {
      const client = await reach();
      try {
        return await work(client);
      } catch (error) {
        // After any other error the connection is gone, or not to be trusted.
        if (!isRefusal(error)) lose(client, reasonOf(error));
        throw error;
      }
    },
    cut: lose,
    get trouble() {
      return trouble;
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      for (const waiter of waiting.splice(0)) waiter.reject(new Error('the store is closed'));
      const client = current;
      current = null;
      if (client !== null) await endWithin(CLOSE_MS, client);
    },
  };
}

async function endWithin(ms: number, client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), ms);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}
