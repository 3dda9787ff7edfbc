import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash64 } from '@topgun/core/primitives';
import type { DecidedMessage, ServerMessage } from '@topgun/core/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { createServer, StartError, type TopGunServer } from '../../server/src/index.js';
import { OpAuthor } from '../../server/src/testing/op-author.js';
import { connectWire, helloOf } from '../../server/src/testing/wire-client.js';
import { differences, expectedState, type State } from './kills/expected-state.js';
import { readState } from './kills/read-state.js';

const PAGE = 4_096;
const MAPS = ['rows', 'notes', 'counters'];
let folder: string;
/** What a server leaves that was stopped, some ops earlier and at the end; and what it had acked by then. */
let earlier: Buffer;
let whole: Buffer;
let expected: State;
let hash: Hash64;

const serve = (database: string): Promise<TopGunServer> =>
  createServer({ port: 0, host: '127.0.0.1', database: `file:${database}`, searchFolder: false, logger: SILENT });
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

beforeAll(async () => {
  hash = await loadXxhash();
  folder = mkdtempSync(join(tmpdir(), 'topgun-torn-page-'));
  const database = join(folder, 'topgun.db');
  const author = new OpAuthor('r.0', hash);
  const ops: ReturnType<typeof author.create>[] = [];
  const live = async (from: number, to: number): Promise<Buffer> => {
    const server = await serve(database);
    const { url } = await server.listen();
    const client = await connectWire(url, helloOf(author.replica));
    for (let n = from; n < to; n += 1) {
      // Some of them go over several pages.
      const some = [
        author.create('rows', `k${n}`, { n, text: 'x'.repeat(n % 7 === 0 ? 9_000 : 300) }),
        author.count('counters', 'all', 1),
      ];
      ops.push(...some);
      client.send({ type: 'submit', batches: author.batches(...some) });
      const last = some.at(-1)!.seq;
      await client.until(
        (message: ServerMessage): message is DecidedMessage =>
          message.type === 'decided' && message.verdicts.some(([seq]) => seq === last),
      );
    }
    client.close();
    await server.drain();
    return readFileSync(database);
  };
  earlier = await live(0, 30);
  whole = await live(30, 45);
  expected = expectedState([{ ops, decided: ops.length }]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `null`: all that was acked is there. Else the sentence that says what is wrong. Throws when it is served otherwise than it was acked. */
async function damageOf(file: Buffer): Promise<string | null> {
  const database = join(folder, 'torn.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });
  writeFileSync(database, file);
  let server: TopGunServer;
  try {
    server = await serve(database);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return error.message;
  }
  let halted: string | null = null;
  server.onHalt((why) => (halted = 'message' in why ? why.message : why.code));
  try {
    const { url } = await server.listen();
    // Where records turn out to be damaged when they are brought in, the server stops, and says so.
    const found = await readState(url, MAPS).catch((error: unknown) => error);
    if (halted !== null) return halted;
    if (found instanceof Error) throw found;
    expect(differences(expected, found as State)).toEqual([]);
    return null;
  } finally {
    await server.drain();
  }
}

test.each([
  ['zeros', () => Buffer.alloc(PAGE / 2)],
  ['what was there before', (page: number) => earlier.subarray(page * PAGE + PAGE / 2, (page + 1) * PAGE)],
])(
  'PI-10, PI-61: a page of a SQLite file of which only the first half was written, and the second is %s: it is named, or nothing acked is missing',
  async (_what, half) => {
    const outcomes = { named: 0, whole: 0 };
    for (let page = 0; page < whole.length / PAGE; page += 1) {
      // Each of those on which much stands; of the others, which are records, some.
      if (page > 12 && page % 3 > 0) continue;
      const second = half(page);
      const place = page * PAGE + PAGE / 2;
      if (second.length < PAGE / 2 || whole.subarray(place, place + PAGE / 2).equals(second)) continue;
      const torn = Buffer.from(whole);
      second.copy(torn, place);
      const damage = await damageOf(torn);
      if (damage === null) outcomes.whole += 1;
      else {
        expect(damage).toMatch(/^The (database|ledger|snapshot) .*is damaged.*\.$/);
        outcomes.named += 1;
      }
    }
    // Of both something: pages of what other programs read, and of what is trimmed, hold nothing that a start needs.
    expect(outcomes.named).toBeGreaterThan(5);
    expect(outcomes.whole).toBeGreaterThan(0);
  },
);
