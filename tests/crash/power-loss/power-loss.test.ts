import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecidedMessage, ServerMessage } from '@topgun/core/protocol';
import { expect, test } from 'vitest';

import { loadXxhash } from '../../../server/src/adapters/xxhash.js';
import { OpAuthor } from '../../../server/src/testing/op-author.js';
import { connectWire, helloOf } from '../../../server/src/testing/wire-client.js';
import { startServerProcess } from '../server-process.js';
import { earlyAcks } from './early-acks.js';

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
if (!canTrace) console.log('topgun: the power-loss test is skipped: there is no strace that may trace here.');

const marks = Array.from({ length: 20 }, (_, i) => `mark-${i}-`);

test.skipIf(!canTrace)(
  'PI-1, PI-22: no ack leaves the server before the log is synced that holds what it acks',
  async () => {
    const hash = await loadXxhash();
    const folder = mkdtempSync(join(tmpdir(), 'topgun-power-'));
    const trace = join(folder, 'trace');
    const calls = 'trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg';
    const server = await startServerProcess({
      database: join(folder, 'topgun.db'),
      under: ['strace', '-D', '-f', '-y', '-s', '8192', '-e', calls, '-o', trace],
    });
    try {
      const author = new OpAuthor('r.0', hash);
      const client = await connectWire(server.url, helloOf(author.replica));
      for (const mark of marks) {
        const op = author.create('m', mark);
        client.send({ type: 'submit', batches: author.batches(op) });
        await client.until(
          (message: ServerMessage): message is DecidedMessage =>
            message.type === 'decided' && message.verdicts.some(([seq]) => seq === op.seq),
        );
      }
      client.close();
      await server.end('SIGTERM');
      const lines = readFileSync(trace, 'utf8').split('\n');
      expect(earlyAcks(lines, marks)).toEqual([]);
      // The same server, had it synced after its answers: with every sync moved to the end.
      const isSync = (line: string): boolean => /f(data)?sync/.test(line);
      const late = [...lines.filter((line) => !isSync(line)), ...lines.filter(isSync)];
      expect(earlyAcks(late, marks)).toEqual(marks);
    } finally {
      await server.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
