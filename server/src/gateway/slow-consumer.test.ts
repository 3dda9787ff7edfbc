import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { PushMessage, ServerMessage } from '@topgun/core/protocol';
import { parseQuery, type QueryInput } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestClient } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';
import { ANSWER_AHEAD_BYTES } from './outgoing.js';

const LIMITS = { pushBytes: 1_000, bufferedBytes: 10_000 };

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

function queryOf(input: QueryInput): unknown {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

const submit = (client: TestClient, author: OpAuthor, ...ops: readonly Op[]): void =>
  client.send({ type: 'submit', batches: author.batches(...ops) });

async function withReader(limits = LIMITS) {
  const server = await startTestGateway(hash, { limits });
  const author = new OpAuthor('r.0', hash);
  const writer = server.connect({ replicas: [[author.replica, 0]] });
  const own = new OpAuthor('s.0', hash);
  const reader = server.connect({ replicas: [[own.replica, 0]] });
  reader.send({ type: 'subscribe', sub: 1, map: 'm', query: queryOf({}) });
  reader.send({ type: 'subscribe', sub: 2, map: 'quiet', query: queryOf({}) });
  const write = async (key: string, text = 'x'): Promise<void> => {
    submit(writer, author, author.create('m', key, { text }));
    await settle();
  };
  const drain = (): void => {
    reader.buffered = 0;
    reader.session.drained();
  };
  return { ...server, reader, own, write, drain };
}

/** The number, and how many changes, of each part that a subscription was told of. */
const partsOf = (messages: readonly PushMessage[], sub: number) =>
  messages.flatMap(({ subs }) => subs.filter((part) => part.sub === sub).map(({ n, changes }) => [n, changes.length]));

test('PT-9: a client that does not read is told nothing of what changes, then shown the gap, and asks again', async () => {
  const { reader, write, drain } = await withReader();
  await write('a');
  expect(partsOf(reader.of('push'), 1)).toEqual([[1, 1]]);
  reader.buffered = LIMITS.pushBytes + 1;
  for (const key of ['b', 'c', 'd']) await write(key);
  expect(reader.of('push')).toHaveLength(1);
  drain();
  expect(reader.of('push').slice(1)).toEqual([
    { type: 'push', through: 4, subs: [{ sub: 1, n: 3, changes: [], full: false }] },
  ]);
  expect(reader.closed).toBeNull();
  reader.send({ type: 'unsubscribe', sub: 1 });
  reader.send({ type: 'subscribe', sub: 3, map: 'm', query: queryOf({}) });
  expect(reader.of('rows').at(-1)).toMatchObject({ sub: 3, n: 0, through: 4, done: true });
  expect(
    reader
      .of('rows')
      .at(-1)!
      .changes.map(([, key]) => key)
      .sort(),
  ).toEqual(['a', 'b', 'c', 'd']);
  await write('e');
  expect(partsOf(reader.of('push'), 3)).toEqual([[1, 1]]);
});

test('PT-9: a subscription in which nothing changed meanwhile goes on without a gap', async () => {
  const { reader, own, write, drain } = await withReader();
  reader.buffered = LIMITS.pushBytes + 1;
  await write('a');
  drain();
  submit(reader, own, own.create('quiet', 'k'));
  await settle();
  expect(partsOf(reader.of('push'), 2)).toEqual([[1, 1]]);
});

test('PT-9, PT-5: verdicts still come, and until the gap is shown nothing says that all has been told', async () => {
  const { reader, own, write, drain } = await withReader();
  await write('a');
  reader.buffered = LIMITS.pushBytes + 1;
  await write('b');
  submit(reader, own, own.create('m', 'own'));
  await settle();
  expect(reader.of('decided')).toMatchObject([{ position: 3, verdicts: [[1, 'applied']] }]);
  expect(reader.of('push').map(({ through }) => through)).toEqual([1]);
  reader.send({ type: 'ping', at: 1 });
  expect(reader.of('pong')).toMatchObject([{ through: 1 }]);
  drain();
  expect(reader.of('push').at(-1)).toMatchObject({ through: 3, subs: [{ sub: 1 }] });
  reader.send({ type: 'ping', at: 2 });
  expect(reader.of('pong').at(-1)).toMatchObject({ through: 3 });
});

test('PT-9: a client that has read a little is told later, when it has read more', async () => {
  const { reader, write } = await withReader();
  reader.buffered = LIMITS.pushBytes + 1;
  await write('a');
  reader.buffered = LIMITS.pushBytes - 1;
  reader.session.drained();
  await write('b');
  expect(reader.of('push')).toEqual([]);
  reader.buffered = LIMITS.pushBytes / 2;
  reader.session.drained();
  expect(partsOf(reader.of('push'), 1)).toEqual([[2, 0]]);
});

test('PT-9: beyond a hard bound, by verdicts alone, a client that does not read is cut off', async () => {
  const { reader, own, write } = await withReader();
  reader.buffered = LIMITS.bufferedBytes + 1;
  await write('a');
  expect(reader.closed).toBeNull();
  submit(reader, own, own.create('quiet', 'k'));
  await settle();
  expect(reader.of('error')).toMatchObject([{ code: 'slow-consumer', fatal: true }]);
  expect(reader.closed).toEqual({ discard: true });
});

test('PT-9: what ends while the client is behind leaves no gap to show', async () => {
  const { reader, write, drain } = await withReader();
  reader.buffered = LIMITS.pushBytes + 1;
  await write('a');
  reader.send({ type: 'unsubscribe', sub: 1 });
  drain();
  expect(partsOf(reader.of('push'), 1)).toEqual([]);
  await write('b');
  expect(partsOf(reader.of('push'), 1)).toEqual([]);
});

test('PT-9: pushes behind a first answer that is read slowly are bounded likewise', async () => {
  const { connect, reader, write, drain } = await withReader({ ...LIMITS, bufferedBytes: 2 * ANSWER_AHEAD_BYTES });
  for (let i = 0; i < 40; i += 1) await write(`k${i}`, 'x'.repeat(100_000));
  drain();
  const late = connect();
  late.buffered = ANSWER_AHEAD_BYTES;
  late.send({ type: 'subscribe', sub: 9, map: 'm', query: queryOf({}) });
  for (const key of ['a', 'b', 'c']) await write(key, 'y'.repeat(600));
  late.buffered = 0;
  late.session.drained();
  const answer = late.of('rows').filter(({ sub }) => sub === 9);
  expect(answer.at(-1)).toMatchObject({ done: true, n: answer.length - 1 });
  // Two were within the bound, the number of the third is passed over.
  expect(partsOf(late.of('push'), 9)).toEqual([
    [answer.length, 1],
    [answer.length + 1, 1],
    [answer.length + 3, 0],
  ]);
  expect(late.closed).toBeNull();
  expect(reader.closed).toBeNull();
});

/** What a client knows that goes by the rules: it asks again at a gap, and trusts `through` for what it has no gap in. */
class RuleClient {
  readonly rows = new Set<string>();
  through = 0;
  readonly #seesGaps: boolean;
  #sub = 1;
  #next = 0;
  #read = 0;

  constructor(seesGaps = true) {
    this.#seesGaps = seesGaps;
  }

  read(client: TestClient): void {
    for (; this.#read < client.received.length; this.#read += 1) this.#take(client.received[this.#read]!, client);
  }

  #take(message: ServerMessage, client: TestClient): void {
    if (message.type === 'rows' && message.sub === this.#sub) {
      if (message.n === 0) this.rows.clear();
      this.#next = message.n + 1;
      for (const [, key] of message.changes) this.rows.add(key);
      this.through = message.through;
    } else if (message.type === 'push') {
      for (const { sub, n, changes } of message.subs) {
        if (sub !== this.#sub) continue;
        if (n !== this.#next && this.#seesGaps) return this.#ask(client);
        this.#next = n + 1;
        for (const [type, key] of changes) {
          if (type === 'gone') this.rows.delete(key);
          else this.rows.add(key);
        }
      }
      this.through = Math.max(this.through, message.through);
    } else if (message.type === 'pong') this.through = Math.max(this.through, message.through);
  }

  #ask(client: TestClient): void {
    client.send({ type: 'unsubscribe', sub: this.#sub });
    this.#sub += 1;
    client.send({ type: 'subscribe', sub: this.#sub, map: 'm', query: queryOf({}) });
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant('write' as const) },
  { weight: 2, arbitrary: fc.constant('remove' as const) },
  { weight: 2, arbitrary: fc.constant('crowd' as const) },
  { weight: 2, arbitrary: fc.constant('drain' as const) },
  { weight: 1, arbitrary: fc.constant('ping' as const) },
  { weight: 2, arbitrary: fc.constant('read' as const) },
);

const scripts = (seesGaps: boolean) =>
  fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const server = await startTestGateway(hash, { limits: LIMITS });
    const author = new OpAuthor('r.0', hash);
    const writer = server.connect({ replicas: [[author.replica, 0]] });
    const reader = server.connect();
    const rules = new RuleClient(seesGaps);
    reader.send({ type: 'subscribe', sub: 1, map: 'm', query: queryOf({}) });
    /** The keys there were at each position. */
    const history: string[][] = [[]];
    const keys = new Set<string>();
    const check = (): void => {
      rules.read(reader);
      expect([...rules.rows].sort(), `at ${rules.through}`).toEqual(history[rules.through]);
    };
    const commit = async (op: Op): Promise<void> => {
      submit(writer, author, op);
      await settle();
      history.push([...keys].sort());
    };
    for (const [i, each] of [...steps, 'drain' as const, 'read' as const, 'read' as const].entries()) {
      if (each === 'write') {
        keys.add(`k${i}`);
        await commit(author.create('m', `k${i}`));
      } else if (each === 'remove') {
        const [key] = keys;
        if (key === undefined) continue;
        keys.delete(key);
        await commit(author.remove('m', key));
      } else if (each === 'crowd') reader.buffered = LIMITS.pushBytes + 1;
      else if (each === 'drain') {
        reader.buffered = 0;
        reader.session.drained();
      } else if (each === 'ping') reader.send({ type: 'ping', at: 0 });
      else check();
    }
    expect(rules.through).toBe(history.length - 1);
    expect(reader.closed).toBeNull();
  });

test('PT-9: whenever a client reads, it has all that it was told it has', async () => {
  await fc.assert(scripts(true), { numRuns: 100 });
});

test('PT-9: a client that does not look for gaps is found out', async () => {
  expect((await fc.check(scripts(false), { numRuns: 100 })).failed).toBe(true);
});
