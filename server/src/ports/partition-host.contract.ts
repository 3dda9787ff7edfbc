import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery, type Query } from '@topgun/core/query';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import type { Committed, HostCommand, HostEvent, HostStarted, PartitionHost } from './partition-host.js';

/** A host that runs, and all it has told. */
export interface HostUnderTest {
  readonly host: PartitionHost;
  readonly started: HostStarted;
  /** After `stop` of the host. */
  close(): Promise<void>;
}

/** One database. Each `open` starts another host on it. */
export interface HostPlace {
  open(): Promise<HostUnderTest>;
  destroy(): Promise<void>;
}

/** A host's events, and how to wait for one of them. */
export class HeardEvents {
  readonly all: HostEvent[] = [];
  #waiting: (() => void)[] = [];

  constructor(host: PartitionHost) {
    host.onEvent((event) => {
      this.all.push(event);
      for (const look of this.#waiting.splice(0)) look();
    });
  }

  of<Type extends HostEvent['type']>(type: Type): Extract<HostEvent, { type: Type }>[] {
    return this.all.filter((event): event is Extract<HostEvent, { type: Type }> => event.type === type);
  }

  /** Resolves when so many events of the type were told. */
  async until<Type extends HostEvent['type']>(type: Type, count = 1): Promise<Extract<HostEvent, { type: Type }>> {
    for (;;) {
      const found = this.of(type)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The sequences of a session that were decided, in the order in which that was told. */
  decided(session: string): number[] {
    return this.of('committed')
      .flatMap(({ verdicts }) => verdicts.filter((verdict) => verdict.session === session))
      .flatMap(({ accepted, rejected }) => [...accepted.map(([seq]) => seq), ...rejected.map(({ seq }) => seq)]);
  }

  async untilDecided(session: string, count: number): Promise<void> {
    while (this.decided(session).length < count) await this.until('committed', this.of('committed').length + 1);
  }
}

/** PI-5, PI-6: what every partition host does, wherever it runs. Of `several` hosts in one, ops of different partitions are decided in any order (PI-25). */
export function partitionHostContract(
  driver: string,
  createPlace: () => Promise<HostPlace>,
  { several = false }: { readonly several?: boolean } = {},
): void {
  describe(`PI-6: partition host contract: ${driver}`, () => {
    let hash: Hash64;
    beforeAll(async () => {
      hash = await loadXxhash();
    });
    let place: HostPlace;
    const open: HostUnderTest[] = [];
    beforeEach(async () => {
      place = await createPlace();
    });
    afterEach(async () => {
      for (const { host, close } of open.splice(0)) {
        await host.stop();
        await close();
      }
      await place.destroy();
    });

    const start = async (): Promise<HostUnderTest & { readonly heard: HeardEvents }> => {
      const opened = await place.open();
      open.push(opened);
      return { ...opened, heard: new HeardEvents(opened.host) };
    };
    const end = async (ended: HostUnderTest): Promise<void> => {
      await ended.host.drain();
      await ended.host.stop();
      await ended.close();
      open.splice(
        open.findIndex(({ host }) => host === ended.host),
        1,
      );
    };
    const announce = (host: PartitionHost, session: string, author: OpAuthor): void =>
      host.send({ type: 'announce', session, replicas: [[author.replica, author.issued]] });
    const submit = (host: PartitionHost, session: string, author: OpAuthor, ...ops: readonly Op[]): void =>
      host.send({ type: 'submit', session, batches: author.batches(...ops), bytes: 100 * ops.length });
    const openView = (session: string, sub: number, map: string): HostCommand => {
      const query = parseQuery({});
      if (!query.ok) throw new Error('no query');
      return { type: 'open-view', session, sub, map, query: query.value };
    };
    const keysOf = (commits: readonly Committed[]): string[] =>
      commits.flatMap(({ diffs }) => diffs.flatMap(({ changes }) => changes.map(([, key]) => key)));

    it('PI-1, PI-2: decides ops in the order of their sequence, each once, and says where in the ledger', async () => {
      const { host, heard, started } = await start();
      const author = new OpAuthor('r.0', hash);
      announce(host, 's', author);
      expect(await heard.until('announced')).toMatchObject({ session: 's', decided: [['r.0', 0]] });
      submit(host, 's', author, author.create('m', 'a', { n: 1 }), author.patch('m', 'a', { n: 2 }));
      submit(host, 's', author, author.patch('m', 'absent', { n: 1 }));
      for (let i = 0; i < 300; i += 1) submit(host, 's', author, author.create('m', `k${i}`, { i }));
      await heard.untilDecided('s', 303);
      const decided = heard.decided('s');
      if (several) decided.sort((a, b) => a - b);
      expect(decided).toEqual(Array.from({ length: 303 }, (_, i) => i + 1));
      const refused = heard.of('committed').flatMap(({ verdicts }) => verdicts.flatMap(({ rejected }) => rejected));
      expect(refused).toMatchObject([{ seq: 3, code: 'record-absent' }]);
      const positions = heard.of('committed').map(({ position }) => position);
      expect(positions).toEqual(positions.map((_, i) => started.position + 1 + i));
    });

    it('PI-8: a view begins with the rows there are, is told what commits change, and nothing once it is closed', async () => {
      const { host, heard } = await start();
      const author = new OpAuthor('r.0', hash);
      announce(host, 's', author);
      const bytes = new Uint8Array([1, 2, 3]);
      submit(host, 's', author, author.create('m', 'a', { text: 'milk', bytes, list: [1, null] }));
      await heard.untilDecided('s', 1);
      host.send(openView('s', 7, 'm'));
      const opened = await heard.until('view-opened');
      expect(opened).toMatchObject({ session: 's', sub: 7, through: 1, rows: [{ key: 'a' }] });
      const fields = Object.fromEntries(
        [...(opened.rows[0]?.record.fields ?? [])].map(([name, { value }]) => [name, value]),
      );
      expect(fields).toEqual({ text: 'milk', bytes, list: [1, null] });
      submit(host, 's', author, author.create('m', 'b'), author.create('other', 'c'));
      await heard.untilDecided('s', 3);
      const diffs = heard.of('committed').flatMap((commit) => commit.diffs);
      expect(diffs).toMatchObject([{ view: opened.view, subscribers: [['s', 7]] }]);
      expect(keysOf(heard.of('committed'))).toEqual(['b']);
      host.send({ type: 'close-view', session: 's', sub: 7 });
      submit(host, 's', author, author.create('m', 'd'));
      await heard.untilDecided('s', 4);
      expect(keysOf(heard.of('committed'))).toEqual(['b']);
    });

    it('SE-42, SE-44, SE-70: a search has the best records of all, is kept so by what commits change, and what it finds is counted', async () => {
      const { host, heard } = await start();
      const author = new OpAuthor('r.0', hash);
      announce(host, 's', author);
      // The shorter the better, and of other records they are apart by one word each.
      const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i}`).join(' ');
      for (let i = 0; i < 40; i += 1) {
        submit(host, 's', author, author.create('m', `k${i}`, { title: `milk ${words(i)}`, even: i % 2 === 0 }));
      }
      for (let i = 0; i < 40; i += 1) submit(host, 's', author, author.create('m', `x${i}`, { title: 'bread' }));
      await heard.untilDecided('s', 80);
      const boosts = [['title', 1]] as const;
      const query: Query = {
        where: { type: 'and', of: [] },
        sort: [],
        limit: 4,
        search: { text: 'mil', fields: ['title'], boosts, prefix: true, fuzzy: 0, combineWith: 'AND' },
      };
      host.send({ type: 'open-view', session: 's', sub: 1, map: 'm', query });
      const opened = await heard.until('view-opened');
      const shown = new Set(opened.rows.map(({ key }) => key));
      expect([...shown].toSorted()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
      expect(opened.full).toBe(true);
      host.send({
        type: 'ask-search',
        session: 's',
        question: { type: 'ask-search', id: 1, map: 'm', query, facets: ['even'] },
      });
      const answer = {
        type: 'search-facts',
        total: 40,
        facets: [
          [
            [false, 20],
            [true, 20],
          ],
        ],
      };
      expect(await heard.until('search-answered')).toMatchObject({ session: 's', answer });

      submit(host, 's', author, author.create('m', 'best', { title: 'milk' }));
      for (let taken = 0; shown.size !== 5 || !shown.has('best');) {
        const commits = heard.of('committed');
        const told = commits.slice(taken).flatMap(({ diffs }) => diffs.flatMap(({ changes }) => changes));
        taken = commits.length;
        for (const [type, key] of told) {
          if (type === 'enter') shown.add(key);
          else if (type !== 'update') shown.delete(key);
        }
        if (told.length === 0) await heard.until('committed', taken + 1);
      }
      expect([...shown].toSorted()).toEqual(['best', 'k0', 'k1', 'k2', 'k3']);
    });

    it('CR-12: of a transaction with a part that is refused nothing is taken', async () => {
      const { host, heard } = await start();
      const author = new OpAuthor('r.0', hash);
      announce(host, 's', author);
      const parts = [author.create('m', 'a', { n: 1 }), author.patch('m', 'absent', { n: 1 })];
      const batches = author.batches(...parts);
      host.send({ type: 'submit', session: 's', batches, bytes: 200, transaction: { first: 1, parts: 2 } });
      await heard.untilDecided('s', 2);
      const [verdicts] = heard.of('committed').map((commit) => commit.verdicts.flatMap(({ rejected }) => rejected));
      expect(verdicts?.map(({ code }) => code).sort()).toEqual(['record-absent', 'transaction-refused']);
      host.send(openView('s', 1, 'm'));
      expect(await heard.until('view-opened')).toMatchObject({ rows: [] });
    });

    it('PI-11: a session that has ended, or was replaced, is told nothing, and nothing more of it is decided', async () => {
      const { host, heard } = await start();
      const [author, other] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash)];
      announce(host, 's', author);
      announce(host, 'o', other);
      submit(host, 's', author, author.create('m', 'a'));
      await heard.untilDecided('s', 1);
      announce(host, 'newer', author);
      submit(host, 's', author, author.create('m', 'b'));
      host.send(openView('o', 1, 'm'));
      await heard.until('view-opened');
      host.send({ type: 'session-closed', session: 'o' });
      submit(host, 'o', other, other.create('m', 'c'));
      const third = new OpAuthor('r.2', hash);
      announce(host, 't', third);
      submit(host, 't', third, third.create('m', 'd'));
      await heard.untilDecided('t', 1);
      expect(heard.of('session-error')).toMatchObject([{ session: 's', code: 'session-replaced' }]);
      expect(heard.decided('s')).toEqual([1]);
      expect(heard.decided('o')).toEqual([]);
      expect(keysOf(heard.of('committed'))).toEqual([]);
    });

    it('PI-10: draining decides what was taken and tells it; the next host goes on where this one was', async () => {
      const first = await start();
      const author = new OpAuthor('r.0', hash);
      announce(first.host, 's', author);
      await first.heard.until('announced');
      for (let i = 0; i < 50; i += 1) submit(first.host, 's', author, author.create('m', `k${i}`, { i }));
      await first.host.drain();
      expect(first.heard.decided('s')).toHaveLength(50);
      submit(first.host, 's', author, author.create('m', 'late'));
      await end(first);
      const position = first.heard.of('committed').at(-1)?.position;

      const second = await start();
      expect(second.started).toEqual({ lineage: first.started.lineage, position });
      announce(second.host, 's', author);
      expect((await second.heard.until('announced')).decided).toEqual([['r.0', 50]]);
      second.host.send(openView('s', 1, 'm'));
      expect((await second.heard.until('view-opened')).rows).toHaveLength(50);
    });

    it('PI-3: whose ledger another has claimed acks nothing more, and says so', async () => {
      const first = await start();
      const author = new OpAuthor('r.0', hash);
      announce(first.host, 's', author);
      await first.heard.until('announced');
      await start();
      submit(first.host, 's', author, author.create('m', 'a'));
      await first.heard.until('fenced');
      submit(first.host, 's', author, author.create('m', 'b'));
      expect(first.heard.of('committed')).toEqual([]);
    });
  });
}
