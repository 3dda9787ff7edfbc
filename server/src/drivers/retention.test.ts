import { SERVER_REPLICA, wireToOp, type Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import { beforeAll, describe, expect, it } from 'vitest';

import { loadXxhash } from '../adapters/xxhash.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { EXPIRE_SLICE } from '../services/retention/expiry-sweep.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

interface SetUp {
  readonly hosted: TestHost;
  readonly author: OpAuthor;
  submit(...ops: readonly Op[]): void;
}

async function setUp(disk: MemoryDisk, replica: string, now = NOW, tombstonesMs = 30 * DAY): Promise<SetUp> {
  const hosted = await startTestHost({ disk, hash, now, tombstonesMs });
  const author = new OpAuthor(replica, hash, NOW);
  hosted.host.send({ type: 'announce', session: replica, replicas: [[author.replica, 0]] });
  return {
    hosted,
    author,
    submit: (...ops) =>
      hosted.host.send({ type: 'submit', session: replica, batches: author.batches(...ops), bytes: 100 }),
  };
}

const ending = <O extends Op>(op: O, at: number | null): O => ({ ...op, expiresAt: at });

/** Time goes on, and whatever is due is done. */
async function advance({ hosted }: SetUp, ms: number): Promise<void> {
  hosted.clock.now += ms;
  // A sweep may set a timer for its next part.
  for (let i = 0; i < 4; i += 1) {
    hosted.timers.runAll();
    await settle();
  }
}

/** What the host answers who asks for the whole map; complete through `heldThrough`. */
function open(hosted: TestHost, heldThrough?: number) {
  const query = parseQuery({});
  if (!query.ok) throw new Error('no query');
  hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
  const held = heldThrough === undefined ? {} : { heldThrough };
  const sub = hosted.events.length;
  hosted.host.send({ type: 'open-view', session: 'reader', sub, map: 'm', query: query.value, ...held });
  const opened = hosted.of('view-opened').at(-1);
  if (opened === undefined) throw new Error('not opened');
  return opened;
}
const keys = (hosted: TestHost): string[] => open(hosted).rows.map(({ key }) => key);

/** The server's own ops in the ledger, in order. */
function ownOps(disk: MemoryDisk): Op[] {
  return disk.segments.flatMap(({ bytes }) => {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    return segment.value.entries
      .filter(({ replica }) => replica === SERVER_REPLICA)
      .flatMap(({ ops }) =>
        ops.map(([wire]) => {
          const op = wireToOp(SERVER_REPLICA, wire);
          if (!op.ok) throw new Error(op.error.message);
          return op.value;
        }),
      );
  });
}

describe('records that end', () => {
  it('CR-9: the server removes a record when its time has come, once, and tells those who watch', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    here.submit(ending(author.create('m', 'k', { a: 1 }), NOW + 5_000), author.create('m', 'stays'));
    await settle();
    const watched = open(hosted).sub;
    await advance(here, 4_999);
    expect([keys(hosted), ownOps(disk)]).toEqual([['k', 'stays'], []]);
    await advance(here, 1);
    expect(keys(hosted)).toEqual(['stays']);
    expect(ownOps(disk)).toMatchObject([{ kind: 'remove', map: 'm', key: 'k', seq: 1 }]);
    const [diff] = hosted.of('committed').at(-1)?.diffs ?? [];
    expect([diff?.subscribers.some(([, sub]) => sub === watched), diff?.changes]).toEqual([true, [['gone', 'k']]]);
    await advance(here, 100_000);
    expect(ownOps(disk)).toHaveLength(1);
    await hosted.host.drain();
    expect((await hosted.coldStore.rows('m')).map(({ key, deleted }) => [key, deleted])).toEqual([
      ['k', true],
      ['stays', false],
    ]);
  });

  it('CR-9, PI-2: an extension that is staged before the removal wins, one that comes after it does not', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    here.submit(
      ending(author.create('m', 'extended'), NOW + 1_000),
      ending(author.create('m', 'late'), NOW + 1_000),
      author.create('m', 'other'),
    );
    await settle();
    const release = hosted.ledger.hold();
    // In flight when the time comes, so that the removal is decided while nobody can know how this append ends.
    here.submit(ending(author.patch('m', 'extended', {}), NOW + 9_000));
    hosted.clock.now += 1_000;
    hosted.timers.runAll();
    here.submit(ending(author.patch('m', 'late', {}), NOW + 9_000));
    release();
    await settle();
    expect(keys(hosted)).toEqual(['extended', 'other']);
    expect(ownOps(disk).map(({ key }) => key)).toEqual(['late']);
    await advance(here, 8_000);
    expect(keys(hosted)).toEqual(['other']);
    const again = await setUp(disk, 's.0', NOW + 10_000);
    expect(keys(again.hosted)).toEqual(['other']);
  });

  it('CR-9: what is created from its end on lives, though the server comes to the removal much later', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    here.submit(ending(here.author.create('m', 'k', { old: 1 }), NOW + 1_000));
    await settle();
    await here.hosted.host.stop();
    // Down until long after; meanwhile somebody who saw it end has made a new one.
    const back = await setUp(disk, 's.0', NOW + 3_600_000);
    const later = new OpAuthor('t.0', hash, NOW + 2_000);
    await advance(back, 0);
    expect(keys(back.hosted)).toEqual([]);
    back.hosted.host.send({ type: 'announce', session: 't', replicas: [[later.replica, 0]] });
    const batches = later.batches(later.create('m', 'k', { fresh: 1 }, true));
    back.hosted.host.send({ type: 'submit', session: 't', batches, bytes: 100 });
    await settle();
    expect(keys(back.hosted)).toEqual(['k']);
    expect([...(open(back.hosted).rows[0]?.record.fields.keys() ?? [])]).toEqual(['fresh']);
  });

  it('CR-9, PI-12: a restart removes what has ended meanwhile, and nothing a second time', async () => {
    const disk = createMemoryDisk();
    const first = await setUp(disk, 'r.0');
    const { author } = first;
    first.submit(ending(author.create('m', 'a'), NOW + 1_000), ending(author.create('m', 'b'), NOW + 50_000));
    await settle();
    await advance(first, 1_000);
    await first.hosted.host.stop();
    const second = await setUp(disk, 's.0', NOW + 50_000);
    await advance(second, 0);
    expect([keys(second.hosted), ownOps(disk).map(({ key, seq }) => [key, seq])]).toEqual([
      [],
      [
        ['a', 1],
        ['b', 2],
      ],
    ]);
    await second.hosted.host.stop();
    const length = disk.segments.length;
    const third = await setUp(disk, 't.0', NOW + 99_000);
    await advance(third, 99_000);
    expect([disk.segments.length, keys(third.hosted)]).toEqual([length, []]);
  });

  it.each(['fail', 'unknown-lost', 'unknown-written', 'unknown-late'] as const)(
    'CR-9, PI-2: when the append of a removal meets %s it is decided once all the same',
    async (fault) => {
      const disk = createMemoryDisk();
      const here = await setUp(disk, 'r.0');
      here.submit(ending(here.author.create('m', 'k'), NOW + 1_000));
      await settle();
      here.hosted.ledger.failNext(fault);
      await advance(here, 1_000);
      await advance(here, 1_000);
      expect([ownOps(disk).length, keys(here.hosted)]).toEqual([1, []]);
      expect(here.hosted.of('session-error')).toEqual([]);
    },
  );

  it('CR-9, PI-12: thousands that end at once go in slices, and what clients send goes in between', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    const count = 4 * EXPIRE_SLICE + 1;
    for (let i = 0; i < count; i += EXPIRE_SLICE) {
      const size = Math.min(EXPIRE_SLICE, count - i);
      here.submit(...Array.from({ length: size }, (_, j) => ending(author.create('m', `k${i + j}`), NOW + 1_000)));
      await settle();
    }
    const before = disk.segments.length;
    hosted.clock.now += 1_000;
    hosted.timers.runAll();
    here.submit(author.create('m', 'in between'));
    for (let i = 0; i < 10; i += 1) await settle();
    const sizes = disk.segments.slice(before).map(({ bytes }) => {
      const segment = decodeSegment(bytes);
      return segment.ok ? segment.value.entries.reduce((sum, { ops }) => sum + ops.length, 0) : 0;
    });
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count + 1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(EXPIRE_SLICE + 1);
    const sizeOfAnswer = sizes.indexOf(1);
    expect(sizeOfAnswer === -1 || sizeOfAnswer < sizes.length - 1).toBe(true);
    expect(keys(hosted)).toEqual(['in between']);
  });

  it('CR-9, PI-10: a server that drains begins no removal', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    here.submit(ending(here.author.create('m', 'k'), NOW + 1_000));
    await settle();
    await here.hosted.host.drain();
    await advance(here, 5_000);
    expect(ownOps(disk)).toEqual([]);
  });
});

describe('the horizon', () => {
  it('CR-10: removals are forgotten when they are older than it, in memory and in the cold store, for good', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    here.submit(author.create('m', 'gone'), author.create('m', 'stays', { a: 1 }));
    await settle();
    here.submit(author.remove('m', 'gone'), author.patch('m', 'stays', { a: undefined as never, b: 2 }));
    await settle();
    await advance(here, 30 * DAY - 1);
    const before = open(hosted).rows.find(({ key }) => key === 'stays')?.record;
    expect(before?.fields.get('a')?.value).toBeUndefined();
    expect(before?.fields.has('a')).toBe(true);
    await hosted.host.drain();
    expect((await hosted.coldStore.rows('m')).map(({ key }) => key)).toEqual(['gone', 'stays']);

    const next = await setUp(disk, 's.0', NOW + 31 * DAY);
    expect(open(next.hosted, 2).anew).toBe(false);
    await advance(next, 0);
    const after = open(next.hosted, 2);
    expect(after.rows.map(({ record }) => [...record.fields.keys()])).toEqual([['b']]);
    // To the plain rule it is a record that never was.
    next.submit(next.author.patch('m', 'gone', { a: 1 }), next.author.remove('m', 'gone'));
    await settle();
    const [verdicts] = next.hosted.of('committed').at(-1)?.verdicts ?? [];
    expect(verdicts?.rejected.map(({ code }) => code)).toEqual(['record-absent', 'record-absent']);
    await next.hosted.host.drain();
    const rows = await next.hosted.coldStore.rows('m');
    expect(rows.map(({ key, value }) => [key, value])).toEqual([['stays', '{"b":2}']]);
    expect(rows[0]?.state).not.toContain('"a"');

    const length = disk.segments.length;
    const third = await setUp(disk, 't.0', NOW + 31 * DAY);
    await advance(third, DAY);
    expect(open(third.hosted, 2).rows).toEqual(open(next.hosted, 2).rows);
    expect([disk.segments.length, third.hosted.started.position]).toEqual([length, length]);
  });

  it('CR-10: whether a client was away for longer is judged by the position it is complete through', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    here.submit(author.create('m', 'a'));
    await settle();
    here.submit(author.remove('m', 'a'));
    await settle();
    here.submit(author.create('m', 'b'));
    await settle();
    expect(open(hosted).anew).toBe(false);
    await advance(here, 30 * DAY + 10);
    expect([undefined, 0, 1, 2, 3].map((held) => open(hosted, held).anew)).toEqual([true, true, true, false, false]);
    const again = await setUp(disk, 's.0', NOW + 31 * DAY);
    expect([undefined, 0, 1, 2, 3].map((held) => open(again.hosted, held).anew)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('CR-10: a removal that arrives late is kept as long as any other', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    here.submit(here.author.create('m', 'k'));
    await settle();
    await advance(here, 40 * DAY);
    // Stamped forty days ago, by a device that has been away.
    here.submit(here.author.remove('m', 'k'));
    await settle();
    await advance(here, 29 * DAY);
    expect(open(here.hosted).anew).toBe(false);
    await advance(here, 2 * DAY);
    expect(open(here.hosted).anew).toBe(true);
  });

  it('CR-6, CR-10: a tag that is taken away when it is old is kept as long as any other, though the server starts anew', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const added = here.author.add('m', 'k', 'x');
    here.submit(added, here.author.add('m', 'k', 'y'));
    await settle();
    await here.hosted.host.drain();
    const next = await setUp(disk, 's.0', NOW + 40 * DAY);
    const author = new OpAuthor('s.0', hash, NOW + 40 * DAY);
    next.submit(author.discard('m', 'k', 'x', [added.stamp]));
    await settle();
    await next.hosted.host.drain();

    const third = await setUp(disk, 't.0', NOW + 69 * DAY);
    await advance(third, 0);
    const tags = () => open(third.hosted).rows.map(({ record }) => record.fields.size);
    expect(tags()).toEqual([2]);
    await advance(third, DAY + 1);
    expect(tags()).toEqual([1]);
  });

  it('CR-5, CR-10: what was created again is not touched by the removal of the life before', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { author } = here;
    here.submit(author.create('m', 'k', { old: 1 }), author.remove('m', 'k'), author.create('m', 'k', { a: 1 }, true));
    await settle();
    await advance(here, 31 * DAY);
    expect(keys(here.hosted)).toEqual(['k']);
    // The floor is still there: nothing of the old life comes back.
    const late = new OpAuthor('late.0', hash, NOW - 1_000);
    here.hosted.host.send({ type: 'announce', session: 'late', replicas: [[late.replica, 0]] });
    const batches = late.batches(late.patch('m', 'k', { old: 2 }));
    here.hosted.host.send({ type: 'submit', session: 'late', batches, bytes: 10 });
    await settle();
    expect([...(open(here.hosted).rows[0]?.record.fields.keys() ?? [])]).toEqual(['a']);
  });

  it('CR-10, PI-2: what is forgotten is gone for ops of the same commit, and of the next', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    here.submit(author.create('m', 'k', { old: 1 }), author.remove('m', 'k'));
    await settle();
    const release = hosted.ledger.hold();
    here.submit(author.create('m', 'in flight'));
    hosted.clock.now += 31 * DAY;
    hosted.timers.runAll();
    here.submit(author.patch('m', 'k', { a: 1 }));
    here.submit(author.create('m', 'k', { fresh: 1 }));
    release();
    await settle();
    here.submit(author.remove('m', 'other'));
    await settle();
    const rejected = hosted.of('committed').flatMap(({ verdicts }) => verdicts.flatMap((each) => each.rejected));
    expect(rejected.map(({ code }) => code)).toEqual(['record-absent', 'record-absent']);
    const record = open(hosted).rows.find(({ key }) => key === 'k')?.record;
    expect([record?.floor, [...(record?.fields.keys() ?? [])]]).toEqual(['', ['fresh']]);
    const again = await setUp(disk, 's.0', NOW + 31 * DAY);
    expect(open(again.hosted).rows).toEqual(open(hosted).rows);
  });

  it('CR-10: those who watch hear nothing of what is forgotten', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    const { hosted, author } = here;
    here.submit(author.create('m', 'k', { a: 1, b: 1 }), author.patch('m', 'k', { a: undefined as never }));
    await settle();
    open(hosted);
    const told = hosted.of('committed').length;
    await advance(here, 31 * DAY);
    const commits = hosted.of('committed').slice(told);
    expect(commits).toHaveLength(1);
    expect(commits.flatMap(({ diffs }) => diffs)).toEqual([]);
    here.submit(author.patch('m', 'k', { b: 2 }));
    await settle();
    const [diff] = hosted.of('committed').at(-1)?.diffs ?? [];
    const [change] = diff?.changes ?? [];
    expect(change?.[0] === 'update' && change[2][3].map(([name]) => name)).toEqual(['b']);
  });

  it('CR-9, CR-10: an expired record is forgotten in its turn', async () => {
    const disk = createMemoryDisk();
    const here = await setUp(disk, 'r.0');
    here.submit(ending(here.author.create('m', 'k'), NOW + 1_000));
    await settle();
    await advance(here, 1_000);
    await advance(here, 30 * DAY);
    await here.hosted.host.drain();
    expect(await here.hosted.coldStore.rows('m')).toEqual([]);
  });
});
