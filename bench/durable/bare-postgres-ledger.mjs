// What it costs to make something durable on PostgreSQL, and nothing else: shares no code with TopGun.

import pg from 'pg';

/** @param {string} connectionString */
export async function openBarePostgresLedger(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`
    CREATE TABLE bare_owner (id integer PRIMARY KEY, epoch bigint NOT NULL);
    CREATE TABLE bare_segment (position bigserial PRIMARY KEY, bytes bytea NOT NULL);
    INSERT INTO bare_owner VALUES (1, 1)`);
  const text = `
    WITH mine AS MATERIALIZED (SELECT epoch FROM bare_owner WHERE id = 1 AND epoch = $1 FOR SHARE)
    INSERT INTO bare_segment (bytes) SELECT $2 FROM mine`;
  return {
    async append(bytes) {
      const { rowCount } = await client.query({ name: 'append', text, values: [1, bytes] });
      if (rowCount !== 1) throw new Error('fenced');
    },
    close: () => client.end(),
  };
}
