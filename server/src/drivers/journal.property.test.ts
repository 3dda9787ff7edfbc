import { materialize, type LwwRecord } from '@topgun/core/crdt';
import type { Hash64, Value } from '@topgun/core/primitives';
import type { JournalMessage } from '@topgun/core/protocol';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { identityOf, PlainState, RULES, seenByUser, USERS, type User } from '../testing/rules-world.js';
import { startTestComposite } from '../testing/test-composite.js';
import { settle, startTestHost } from '../testing/test-host.js';
import type { HostEvent, PartitionHost } from '../ports/partition-host.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const JOURNAL = { keeps: () => true, keepMs: 86_400_000 };

type JournalAnswered = Extract<HostEvent, { type: 'journal-answered' }>;

type Shown = ReadonlyMap<string, Value>;

/** What shows of both maps, by place. */
const shownOf = (maps: ReadonlyMap<string, ReadonlyMap<string, LwwRecord>>): Shown =>
  new Map(
    [...maps].flatMap(([map, records]) =>
      [...records].flatMap(([key, record]) => {
        const value = materialize(record);
        return value === undefined ? [] : [[`${map}/${key}`, value] as const];
      }),
    ),
  );

/** However many hosts it is made of. */
interface Hosted {
  readonly host: PartitionHost;
  readonly events: readonly HostEvent[];
}

/** A user who follows the journal and makes of it what shows, page by page. */
class Follower {
  readonly shown = new Map<string, Value>();
  readonly #user: User;
  #through = 0;
  #id = 0;

  constructor(user: User) {
    this.#user = user;
  }

  /** Reads all there is, on this host. */
  async catchUp(hosted: Hosted, limit: number): Promise<void> {
    const session = `reads ${this.#user}`;
    hosted.host.send({ type: 'announce', session, replicas: [], identity: identityOf(this.#user) });
    for (let more = true; more;) {
      const id = (this.#id += 1);
      const question = { type: 'read-journal' as const, id, after: this.#through, limit };
      hosted.host.send({ type: 'read-journal', session, question });
      for (let turn = 0; turn < 4; turn += 1) await settle();
      const answer = hosted.events.find(
        (told) => told.type === 'journal-answered' && told.session === session && told.answer.id === id,
      );
      ({ more } = this.#take((answer as JournalAnswered | undefined)?.answer as JournalMessage));
    }
  }

  #take(page: JournalMessage): JournalMessage {
    for (const { sequence, type, map, key, value, previous } of page.events) {
      expect(sequence).toBeGreaterThan(this.#through);
      const place = `${map}/${key}`;
      // An event says what had shown, which is what the ones before it have said.
      expect(previous).toEqual(this.shown.get(place));
      expect(type).toBe(value === undefined ? 'remove' : previous === undefined ? 'add' : 'update');
      if (value === undefined) this.shown.delete(place);
      else this.shown.set(place, value as Value);
      this.#through = sequence;
    }
    this.#through = page.through;
    return page;
  }
}

interface Write {
  readonly do: 'create' | 'patch' | 'remove';
  readonly map: string;
  readonly key: string;
  readonly fields: Record<string, Value>;
}

type Step =
  | { readonly do: 'write'; readonly writes: readonly Write[] }
  | { readonly do: 'read'; readonly limit: number }
  | { readonly do: 'restart'; readonly hosts: number };

const fields = fc.record(
  { owner: fc.constantFrom(...USERS), open: fc.boolean(), pay: fc.integer({ min: 0, max: 2 }) },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, Value>>;
const writes = fc.record({
  do: fc.constantFrom('create' as const, 'patch' as const, 'remove' as const),
  map: fc.constantFrom('todos', 'notes'),
  key: fc.constantFrom('a', 'b', 'c'),
  fields,
});
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        writes: fc.array(writes, { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), hosts: fc.integer({ min: 1, max: 3 }) }) },
  ),
  { maxLength: 40 },
);

test('JO-1 to JO-4: what a user makes of the journal is what they see of the records, at any time, over restarts, of however many hosts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), steps, async (hosts, all) => {
      const disk = createMemoryDisk();
      const start = async (members: number): Promise<Hosted> => {
        const options = { disk, hash, journal: JOURNAL, rules: RULES };
        return members === 1 ? startTestHost(options) : startTestComposite({ ...options, members });
      };
      let hosted = await start(hosts);
      const state = new PlainState();
      const author = new OpAuthor('r.0', hash);
      const followers = USERS.map((user) => [user, new Follower(user)] as const);
      const connect = (): void =>
        hosted.host.send({
          type: 'announce',
          session: 's',
          replicas: [[author.replica, author.issued]],
          identity: identityOf('eve'),
        });
      connect();
      for (const step of [...all, { do: 'read' as const, limit: 3 }]) {
        if (step.do === 'restart') {
          hosted = await start(step.hosts);
          connect();
        } else if (step.do === 'read') {
          for (const [user, follower] of followers) {
            await follower.catchUp(hosted, step.limit);
            expect(follower.shown).toEqual(shownOf(seenByUser(user, state.maps)));
          }
        } else {
          const ops = step.writes.flatMap(({ do: what, map, key, fields: written }) => {
            // A patch or a removal of what never was is refused.
            if (what !== 'create' && !state.maps.get(map)!.has(key)) return [];
            const op = what === 'remove' ? author.remove(map, key) : author[what](map, key, written);
            state.apply(op);
            return [op];
          });
          hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
          // Of several hosts the first message about a map goes to one after the other.
          for (let turn = 0; turn < 6; turn += 1) await settle();
        }
      }
    }),
    { numRuns: 60 },
  );
});
