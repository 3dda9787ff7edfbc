import { expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '@topgun/core/clock';
import { SERVER_REPLICA } from '@topgun/core/crdt';
import { decodeSegment, encodeSegment } from '../../services/persistence/segment-codec.js';
import { APPLIED } from '../../services/persistence/segment.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { createRecordedLog } from '../../testing/recorded-log.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';
import { createMemoryLedger } from '../memory-ledger.js';
import { createSharedLedger } from './shared-ledger.js';

/** What a host has staged: one op of this replica. */
const staged = (replica: string): Uint8Array =>
  encodeSegment({
    lineage: 'l',
    entries: [
      {
        partition: 1,
        replica: replica as ReplicaId,
        ops: [[[1, '0' as Stamp, 'm', 'k', 'c', [['n', 1]]], APPLIED]],
      },
    ],
  });

async function start(members: number) {
  const disk = createMemoryDisk();
  const ledger = createMemoryLedger(disk);
  const shared = createSharedLedger({ ledger, timers: createManualTimers(), log: createRecordedLog().log });
  const hosts = Array.from({ length: members }, () => shared.member());
  await shared.claim();
  shared.begin('l');
  const replicas = (): string[][] =>
    disk.segments.map(({ bytes }) => {
      const segment = decodeSegment(bytes);
      if (!segment.ok) return [segment.error.reason];
      // What the first says of who wrote it is for other-hosts.test.ts.
      return segment.value.entries.flatMap(({ replica }) => (replica === SERVER_REPLICA ? [] : [replica]));
    });
  return { shared, hosts, ledger, replicas };
}

test('PI-27: parts of a transaction are one segment, however much later one of them comes', async () => {
  const { hosts, shared, replicas } = await start(3);
  shared.expectJoint('j', new Set([0, 1]));
  const first = hosts[0]!.append(staged('a'), ['j']);
  const alone = hosts[2]!.append(staged('c'));
  await settle();
  expect(replicas()).toEqual([['c']]);
  const second = hosts[1]!.append(staged('b'), ['j']);
  expect(await Promise.all([first, alone, second])).toMatchObject([{ position: 2 }, { position: 1 }, { position: 2 }]);
  expect(replicas()).toEqual([['c'], ['a', 'b']]);
});

test('PI-27: where a part will not come, those that wait for it fail, and those that come later', async () => {
  const { hosts, shared, replicas } = await start(3);
  shared.expectJoint('j', new Set([0, 1, 2]));
  const first = hosts[0]!.append(staged('a'), ['j']);
  await settle();
  shared.endJoint('j');
  expect(await first).toMatchObject({ type: 'failed' });
  // It was told to take its part before anybody knew, and is slow.
  expect(await hosts[1]!.append(staged('b'), ['j'])).toMatchObject({ type: 'failed' });
  expect(await hosts[1]!.append(staged('b'))).toMatchObject({ type: 'committed' });
  expect(replicas()).toEqual([['b']]);
});

test('PI-26, PI-27: an append that fails takes every part of a transaction down', async () => {
  const { hosts, shared, ledger, replicas } = await start(2);
  shared.expectJoint('j', new Set([0, 1]));
  ledger.failNext('fail');
  const both = hosts.map((host, nth) => host.append(staged(`${nth}`), ['j']));
  expect(await Promise.all(both)).toMatchObject([{ type: 'failed' }, { type: 'failed' }]);
  expect(replicas()).toEqual([]);
});
