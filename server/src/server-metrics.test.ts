import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplicaId } from '@topgun/core/clock';
import type { Hash64 } from '@topgun/core/primitives';
import type { ServerMessage } from '@topgun/core/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from './adapters/xxhash.js';
import { createServer } from './create-server.js';
import type { TopGunServer } from './service.js';
import { OpAuthor } from './testing/op-author.js';
import { connectWire, helloOf } from './testing/wire-client.js';

let folder: string;
let hash: Hash64;
let server: TopGunServer | null = null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-metrics-'));
  hash = await loadXxhash();
});
afterEach(async () => {
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

const isDecided = (message: ServerMessage): message is Extract<ServerMessage, { type: 'decided' }> =>
  message.type === 'decided';

/** By name and labels, as the text has them. */
const figuresOf = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
  );

test.each([0, 1])(
  'PI-38: what is done is told at /metrics, to whoever shows the token, with %d workers',
  async (workers) => {
    const options = { port: 0, host: '127.0.0.1', database: `file:${join(folder, 'topgun.db')}`, workers };
    const running = await createServer({ ...options, metrics: 'a token' });
    server = running;
    const { url } = await running.listen();
    const author = new OpAuthor('r.0', hash);
    const client = await connectWire(url, helloOf('r.0' as ReplicaId));
    const ops = [author.create('m', 'a', { n: 1 }), author.create('m', 'b'), author.patch('m', 'absent', { n: 1 })];
    client.send({ type: 'submit', batches: author.batches(...ops) });
    client.send({ type: 'subscribe', sub: 1, map: 'm' });
    await client.until(isDecided);
    const read = (authorization: string): Promise<Response> => fetch(`${url}/metrics`, { headers: { authorization } });
    expect((await read('Bearer another')).status).toBe(401);
    const answer = await read('Bearer a token');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    const figures = figuresOf(text);
    const data = workers === 0 ? 'gateway' : 'data';
    expect(Object.fromEntries(figures)).toMatchObject({
      'topgun_connections{thread="gateway"}': 1,
      'topgun_host_up{thread="gateway"}': 1,
      'topgun_storage_up{thread="gateway"}': 1,
      'topgun_rows_up{thread="gateway"}': 1,
      'topgun_tables_out_of_reach{thread="gateway"}': 0,
      'topgun_audit_events{event="connection-opened",thread="gateway"}': 1,
      'topgun_ops_decided_total{outcome="applied",thread="gateway"}': 2,
      'topgun_ops_decided_total{outcome="refused",thread="gateway"}': 1,
      'topgun_ack_seconds_count{thread="gateway"}': 1,
      [`topgun_waiting_messages{thread="${data}"}`]: 0,
      [`topgun_partitions{state="cold",thread="${data}"}`]: 0,
      [`topgun_partitions{state="hot",thread="${data}"}`]: 271,
      [`topgun_ledger_position{thread="${data}"}`]: 1,
    });
    expect(figures.get(`topgun_record_bytes{thread="${data}"}`)).toBeGreaterThan(0);
    for (const thread of new Set(['gateway', data])) {
      expect(figures.get(`nodejs_heap_size_used_bytes{thread="${thread}"}`)).toBeGreaterThan(0);
      expect(figures.has(`nodejs_eventloop_lag_p99_seconds{thread="${thread}"}`)).toBe(true);
    }
    // Of the process, not of each of its threads.
    expect([...figures.keys()].filter((name) => name.startsWith('process_resident_memory_bytes'))).toHaveLength(1);
    const typed = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(new Set(typed).size).toBe(typed.length);
    client.close();
  },
);

test('PI-38: without being asked for, there are none', async () => {
  server = await createServer({ port: 0, host: '127.0.0.1', database: `file:${join(folder, 'topgun.db')}` });
  const { url } = await server.listen();
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
});
