import type pg from 'pg';

import type { AppendOutcome } from '../../ports/ledger.js';
import { isRefusal, reasonOf } from '../../prisma/postgresql/postgres-error.js';
import type { HeldUp } from '../store-calls.js';
import type { PostgresLink } from './postgres-link.js';
import type { Tables } from './postgres-tables.js';
import { postgresTroubleOf } from './postgres-trouble.js';

export interface PostgresAppendOptions {
  readonly link: PostgresLink;
  readonly tables: Tables;
  /** An append that has not answered by then has an unknown outcome. Longer than the server itself takes to give it up. */
  readonly timeoutMs: number;
}

/** The one statement that every ack waits for. Appends under `epoch`; never rejects. */
export type PostgresAppend = (epoch: number, segment: Uint8Array) => Promise<AppendOutcome | HeldUp>;

/**
 * PI-3: check and insert are one statement, and it locks the owner's row. Without the lock a claim could commit between the
 * check and the commit of the insert, and read a log to which this segment is then added. With it the claim waits until this
 * has committed; and this, when it waits for a claim, looks again at the row that the claim has left, and finds nothing.
 * MATERIALIZED: the row is looked for and locked once, before anything is inserted.
 *
 * The last position is that of the statement's start. That is right for the newest owner alone, whose claim was over before
 * and who appends one at a time; anybody else inserts nothing.
 */
const appendStatement = ({ owner, segment }: Tables): string => `
  WITH mine AS MATERIALIZED (SELECT epoch FROM ${owner} WHERE id = 1 AND epoch = $1 FOR SHARE)
  INSERT INTO ${segment} (position, epoch, bytes, created_at)
  SELECT (SELECT coalesce(max(position), 0) + 1 FROM ${segment}), mine.epoch, $2,
         (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  FROM mine
  RETURNING position`;

export function createPostgresAppend({ link, tables, timeoutMs }: PostgresAppendOptions): PostgresAppend {
  const text = appendStatement(tables);
  return async (epoch, segment) => {
    let sent = false;
    try {
      return await link.run(async (client) => {
        const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
        sent = true;
        const overdue = setTimeout(() => {
          link.cut(client, `the ledger did not answer within ${timeoutMs} ms`);
        }, timeoutMs);
        try {
          // By its name the server knows the statement: it is parsed and planned once per connection.
          const query: pg.QueryArrayConfig = { name: 'append', text, values: [epoch, bytes], rowMode: 'array' };
          const { rows } = await client.query<[position: string]>(query);
          return rows[0] === undefined ? { type: 'fenced' } : { type: 'committed', position: Number(rows[0][0]) };
        } finally {
          clearTimeout(overdue);
        }
      });
    } catch (error) {
      const trouble = postgresTroubleOf(error);
      if (trouble !== null) return { type: 'held-up', trouble, reason: reasonOf(error) };
      const known = !sent || isRefusal(error);
      return { type: known ? 'failed' : 'unknown', reason: (known ? null : link.trouble) ?? reasonOf(error) };
    }
  };
}
