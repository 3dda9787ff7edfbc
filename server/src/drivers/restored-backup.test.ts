import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { WHOLE_MAP } from '@topgun/core/query';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway } from '../testing/test-gateway.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { copyMemoryDisk, createMemoryDisk, type MemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

async function submit({ host }: TestHost, author: OpAuthor, ops: readonly Op[]): Promise<void> {
  host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
  await settle();
}

/** A ledger that had accepted three ops and, put back, holds the first; and the ops it has lost. */
async function putBack(): Promise<{ disk: MemoryDisk; author: OpAuthor; lost: readonly Op[] }> {
  const disk = createMemoryDisk();
  const author = new OpAuthor('r.0', hash);
  const hosted = await startTestHost({ disk, hash });
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  await submit(hosted, author, [author.create('m', 'a')]);
  const backup = copyMemoryDisk(disk);
  const lost = [author.create('m', 'b'), author.patch('m', 'b', { n: 1 })];
  await submit(hosted, author, lost);
  return { disk: backup, author, lost };
}

const lineages = ({ segments }: MemoryDisk): string[] =>
  segments.map(({ bytes }) => {
    const segment = decodeSegment(bytes);
    return segment.ok ? segment.value.lineage : '';
  });

const warnings = ({ logged }: TestHost): string[] =>
  logged.filter(({ level }) => level === 'warn').map(({ message }) => message);

describe('a ledger that was put back to an older state', () => {
  test('SY-2: a client that shows more than it holds has its history go on under another name, in the log, and the operator told', async () => {
    const { disk, author, lost } = await putBack();
    const hosted = await startTestHost({ disk, hash });
    expect(hosted.started.lineage).toBe('memory');
    hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 3, 3]], lineage: 'memory' });
    await settle();
    expect(warnings(hosted)).toEqual([expect.stringContaining('has lost what it had accepted')]);
    const [{ lineage } = { lineage: '' }] = hosted.of('history-changed');
    expect(lineage).not.toBe('memory');
    await submit(hosted, author, lost);
    expect(lineages(disk)).toEqual(['memory', 'memory', lineage]);
    const again = await startTestHost({ disk, hash });
    expect(again.started).toEqual({ lineage, position: 3 });
  });

  test('SY-2: once in the life of a server, whatever clients go on to claim', async () => {
    const { disk, author } = await putBack();
    const hosted = await startTestHost({ disk, hash });
    for (const session of ['one', 'two', 'three']) {
      hosted.host.send({ type: 'announce', session, replicas: [[author.replica, 9, 9]], lineage: 'memory' });
      await settle();
    }
    const [{ lineage } = { lineage: null }] = hosted.of('history-changed');
    hosted.host.send({ type: 'announce', session: 'four', replicas: [[author.replica, 9, 9]], lineage });
    await settle();
    expect(hosted.of('history-changed')).toHaveLength(1);
    expect(disk.segments).toHaveLength(2);
  });

  test('SY-2: when it cannot be written the next client that shows it has it tried again', async () => {
    const { disk, author } = await putBack();
    const hosted = await startTestHost({ disk, hash });
    hosted.ledger.failNext('fail');
    hosted.host.send({ type: 'announce', session: 'one', replicas: [[author.replica, 3, 3]], lineage: 'memory' });
    await settle();
    expect(hosted.of('history-changed')).toEqual([]);
    hosted.host.send({ type: 'announce', session: 'two', replicas: [[author.replica, 3, 3]], lineage: 'memory' });
    await settle();
    expect(hosted.of('history-changed')).toHaveLength(1);
  });

  test.each([
    ['as much as it holds', [1, 1], 'memory', 0],
    ['less, since it does not keep it any more', [3, 0], 'memory', 0],
    ['what it issued, and nothing of what was accepted', [3], 'memory', 0],
    ['more, and comes from another history by name', [3, 3], 'elsewhere', 1],
  ] as const)(
    'SY-2: the history keeps its name when a client shows %s',
    async (_what, [issued, acked], lineage, told) => {
      const { disk, author } = await putBack();
      const hosted = await startTestHost({ disk, hash });
      const introduction =
        acked === undefined ? ([author.replica, issued] as const) : ([author.replica, issued, acked] as const);
      hosted.host.send({ type: 'announce', session: 's', replicas: [introduction], lineage });
      await settle();
      expect(hosted.of('history-changed')).toEqual([]);
      expect(warnings(hosted)).toHaveLength(told);
      expect(lineages(disk)).toEqual(['memory']);
    },
  );

  test('SY-2, CR-10: an edit that is given back is taken though its record is not there yet; a newer one is refused', async () => {
    const { disk, author } = await putBack();
    const [create, edit] = [author.create('m', 'c'), author.patch('m', 'c', { n: 1 })];
    const newer = author.patch('m', 'c', { n: 2 });
    const hosted = await startTestHost({ disk, hash });
    const session = { type: 'announce', session: 's', replicas: [[author.replica, 6, edit.seq]] } as const;
    hosted.host.send({ ...session, lineage: 'memory' });
    await submit(hosted, author, [edit]);
    await submit(hosted, author, [newer]);
    const verdicts = hosted.of('committed').flatMap((event) => event.verdicts);
    expect(verdicts.flatMap(({ accepted }) => accepted)).toEqual([[edit.seq, 'superseded']]);
    expect(verdicts.flatMap(({ rejected }) => rejected)).toMatchObject([{ seq: newer.seq, code: 'record-absent' }]);

    // Its author comes back as somebody else's replica here: it had written it before.
    const other = new OpAuthor('other.0', hash);
    hosted.host.send({ type: 'announce', session: 'o', replicas: [[other.replica, 0]] });
    const stamped = { ...create, replica: other.replica, seq: 1, stamp: other.create('m', 'c').stamp } as Op;
    hosted.host.send({ type: 'submit', session: 'o', batches: other.batches(stamped), bytes: 100 });
    await settle();
    const replayed = await startTestHost({ disk, hash });
    replayed.host.send({ type: 'open-view', session: 'x', sub: 1, map: 'm', query: WHOLE_MAP });
    const rows = replayed.of('view-opened')[0]?.rows ?? [];
    const row = rows.find(({ key }) => key === 'c');
    expect(row?.record.fields.get('n')?.value).toBe(1);
  });

  test('SY-2: says how many rows a client of another history holds otherwise', async () => {
    const { disk } = await putBack();
    const hosted = await startTestHost({ disk, hash });
    hosted.host.send({ type: 'announce', session: 'here', replicas: [], lineage: 'memory' });
    hosted.host.send({ type: 'announce', session: 'there', replicas: [], lineage: 'elsewhere' });
    for (const session of ['here', 'there']) {
      const have = { count: 5, sum: 1n };
      hosted.host.send({ type: 'open-view', session, sub: 1, map: 'm', query: WHOLE_MAP, have });
    }
    const told = hosted.logged.filter(({ level }) => level === 'warn').map(({ detail }) => detail);
    expect(told).toEqual([{ session: 'there', map: 'm', rows: 5 }]);
  });

  test('SY-2: welcomes tell the name under which the history goes on', async () => {
    const { disk, author } = await putBack();
    const { connect } = await startTestGateway(hash, { disk });
    const first = connect({ replicas: [[author.replica, 3, 3]], lineage: 'memory' });
    await settle();
    // It knows by itself what is missing.
    expect(first.of('welcome')[0]).toMatchObject({ position: 1, decided: [[author.replica, 1]] });
    const second = connect({ replicas: [], lineage: 'memory' });
    await settle();
    expect(second.of('welcome')[0]?.lineage).toMatch(/./);
    expect(second.of('welcome')[0]?.lineage).not.toBe('memory');
  });
});
