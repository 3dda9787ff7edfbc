import type { ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent } from '../../ports/partition-host.js';
import type { Identity } from '../../ports/identity.js';
import { placeOfOwner } from '../../services/crdt/replica-owners.js';
import { decodeSegment, encodeSegment } from '../../services/persistence/segment-codec.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const identityOf = (principal: string): Identity => ({ principal, claims: { sub: principal }, expiresAtMs: null });

const of = <Type extends HostEvent['type']>(events: readonly HostEvent[], type: Type) =>
  events.filter((event): event is Extract<HostEvent, { type: Type }> => event.type === type);

/** A key of the map in a partition of this host of two. */
function keyIn(member: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(hash, 'm', `k${i}`) % 2 === member) return `k${i}`;
}

/** A key of the map in a partition of another host than this partition's. */
function keyApart(partition: number, members: number): string {
  for (let i = 0; ; i += 1) {
    const key = `k${i}`;
    if (partitionOf(hash, 'm', key) % members !== partition % members) return key;
  }
}

test('PI-30, CR-2: whose a replica is, is in the ledger before anything it writes elsewhere, and others cannot speak for it', async () => {
  const disk = createMemoryDisk();
  const first = await startTestComposite({ disk, hash, members: 3 });
  const author = new OpAuthor('r.0', hash);
  const home = placeOfOwner(hash, author.replica);
  const key = keyApart(home, 3);
  first.host.send({ type: 'announce', session: 's', replicas: [['r.0' as ReplicaId, 0]], identity: identityOf('ann') });
  const batches = author.batches(author.create('m', key, { n: 1 }));
  first.host.send({ type: 'submit', session: 's', batches, bytes: 10 });
  await settle();

  const written = disk.segments.map(({ bytes }) => {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    return segment.value.entries.filter(({ ops }) => ops.length > 0).map(({ replica }) => replica);
  });
  expect(written).toEqual([['.owners'], ['r.0']]);
  expect(of(first.events, 'committed').flatMap(({ verdicts }) => verdicts)).toMatchObject([
    { accepted: [[1, 'applied']] },
  ]);

  // Also by hosts that are started anew.
  const second = await startTestComposite({ disk, hash, members: 2 });
  second.host.send({
    type: 'announce',
    session: 't',
    replicas: [['r.0' as ReplicaId, 1]],
    identity: identityOf('bob'),
  });
  await settle();
  expect(of(second.events, 'session-error')).toMatchObject([{ session: 't', code: 'unknown-replica' }]);
  second.host.send({
    type: 'announce',
    session: 'u',
    replicas: [['r.0' as ReplicaId, 1]],
    identity: identityOf('ann'),
  });
  await settle();
  expect(of(second.events, 'announced')).toMatchObject([{ session: 'u', decided: [['r.0', 1]] }]);
});

test('JO-3, PR-1: several hosts that keep no journal say so, and so do those that have no such procedure', async () => {
  const { events, host } = await startTestComposite({ disk: createMemoryDisk(), hash, members: 2 });
  host.send({ type: 'announce', session: 's', replicas: [] });
  await settle();
  host.send({ type: 'read-journal', session: 's', question: { type: 'read-journal', id: 1, limit: 1 } });
  host.send({ type: 'end-journal', session: 's', id: 1 });
  const call = { type: 'call', id: 1, caller: 'r.0' as ReplicaId, call: 'c', name: 'p' } as const;
  host.send({ type: 'call', session: 's', bytes: 10, call });
  await settle();
  expect(of(events, 'journal-answered')).toMatchObject([{ answer: { type: 'journal-refused', code: 'no-journal' } }]);
  expect(of(events, 'call-answered')).toMatchObject([{ answer: { type: 'call-refused', code: 'unknown-procedure' } }]);
});

test('PI-52, SY-4: of a related row that only meets the conditions no longer its subscribers are told what it is now, and of one that is removed that it is gone', async () => {
  const { events, host } = await startTestComposite({ disk: createMemoryDisk(), hash, members: 2 });
  const author = new OpAuthor('r.0', hash);
  const submit = (...ops: readonly Op[]): void =>
    host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 10 });
  const where = parseQuery({ where: { n: { $gte: 1 } } });
  const parents = parseQuery({});
  if (!where.ok || !parents.ok) throw new Error('no query');
  host.send({ type: 'announce', session: 's', replicas: [['r.0' as ReplicaId, 0]] });
  submit(author.create('lists', 'l', { id: 7 }));
  submit(author.create('m', 'a', { list: 7, n: 1 }), author.create('m', 'b', { list: 7, n: 1 }));
  await settle();
  const within = { map: 'lists', query: parents.value, on: [['id'], ['list']] as const };
  host.send({ type: 'open-view', session: 's', sub: 1, map: 'm', query: { ...where.value, within } });
  await settle();
  expect(
    of(events, 'view-opened')[0]
      ?.rows.map(({ key }) => key)
      .toSorted(),
  ).toEqual(['a', 'b']);
  submit(author.patch('m', 'a', { n: 0 }));
  await settle();
  submit(author.remove('m', 'b'));
  await settle();
  const told = of(events, 'committed').flatMap(({ diffs }) => diffs.flatMap(({ changes }) => changes));
  expect(told.map(([type, key]) => [type, key])).toEqual([
    ['out', 'a'],
    ['gone', 'b'],
  ]);
});

test('SY-2, CR-2, PI-11: where one host has an op and another lacks an earlier one, clients of a restored backup are told of both, and of what is decided', async () => {
  const whole = createMemoryDisk();
  const first = await startTestComposite({ disk: whole, hash, members: 2 });
  const author = new OpAuthor('r.0', hash);
  const early = author.create('m', keyIn(0), { n: 1 });
  const late = author.create('m', keyIn(1), { n: 2 });
  first.host.send({ type: 'announce', session: 's', replicas: [['r.0' as ReplicaId, 0]] });
  await settle();
  for (const op of [early, late]) {
    first.host.send({ type: 'submit', session: 's', batches: author.batches(op), bytes: 10 });
    await settle();
  }
  const [, second] = whole.segments;
  const decoded = decodeSegment(second!.bytes);
  if (!decoded.ok) throw new Error(decoded.error.reason);

  // As if the later one had been written first, and the other after the backup.
  const disk = createMemoryDisk();
  Object.assign(disk, { epoch: whole.epoch, lineage: whole.lineage });
  disk.segments.push({ ...second!, position: 1, bytes: encodeSegment({ ...decoded.value, position: 1 }) });
  const restored = await startTestComposite({ disk, hash, members: 2 });
  const introduce = (session: string, lineage: string | null, acked: number): void => {
    const replicas = [['r.0' as ReplicaId, 2, acked] as const];
    restored.host.send({ type: 'announce', session, replicas, ...(lineage === null ? {} : { lineage }) });
  };
  introduce('same', disk.lineage, 2);
  await settle();
  introduce('from elsewhere', 'elsewhere', 2);
  await settle();
  // Of a replica that appears later too.
  introduce('from elsewhere', null, 2);
  await settle();
  expect(of(restored.events, 'announced').map(({ session, decided, gaps }) => [session, decided, gaps])).toEqual([
    ['same', [['r.0', 2]], undefined],
    ['from elsewhere', [['r.0', 2]], true],
    ['from elsewhere', [['r.0', 2]], true],
  ]);
  restored.host.send({ type: 'submit', session: 'from elsewhere', batches: author.batches(early, late), bytes: 20 });
  await settle();
  const verdicts = of(restored.events, 'committed').flatMap((event) => event.verdicts);
  expect(verdicts.flatMap(({ accepted }) => accepted).sort()).toEqual([
    [1, 'applied'],
    [2, 'applied'],
  ]);
  const written = disk.segments.flatMap(({ bytes }) => {
    const segment = decodeSegment(bytes);
    return segment.ok ? segment.value.entries.flatMap(({ ops }) => ops.map(([op]) => op[0])) : [];
  });
  // Each once.
  expect(written).toEqual([2, 1]);
});
