import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64url, type Hash64 } from '../primitives/index.js';
import { decodeItems, encodeItems, type ExchangeItem } from './exchange-item.js';
import { createAsker, createHolder } from './exchange.js';
import { HashTrie } from './hash-trie.js';
import { hashes, xxh64 } from './hashes.arbitrary.js';
import { combineTries, MAX_DEPTH } from './trie-reader.js';

type States = ReadonlyMap<string, string>;

const rowHash = (key: string, state: string): bigint => xxh64(`${key}\u0000${state}`);

function trieOf(states: States, hash: Hash64): HashTrie {
  const trie = new HashTrie(hash);
  for (const [key, state] of states) trie.set(key, rowHash(key, state));
  return trie;
}

interface Outcome {
  readonly send: ReadonlySet<string>;
  readonly drop: ReadonlySet<string>;
  /** Both ways, as they go, the last word of the holder not counted when it is empty. */
  readonly messages: readonly Uint8Array[];
}

/** The whole exchange; `between` runs before each turn of either side. */
function exchange(holding: HashTrie, asking: HashTrie, between: () => void = () => {}): Outcome {
  const holder = createHolder(holding);
  const asker = createAsker(asking);
  const send: string[] = [];
  const drop: string[] = [];
  const messages = [holder.open()];
  for (;;) {
    between();
    const turn = asker.receive(messages.at(-1)!);
    if (!turn.ok) throw new Error(turn.error.reason);
    drop.push(...turn.value.drop);
    messages.push(turn.value.reply);
    between();
    const answer = holder.receive(turn.value.reply);
    if (!answer.ok) throw new Error(answer.error.reason);
    send.push(...answer.value.send);
    if (!answer.value.isDone || answer.value.reply.length > 0) messages.push(answer.value.reply);
    if (!answer.value.isDone) continue;
    if (answer.value.reply.length > 0) {
      const last = asker.receive(answer.value.reply);
      if (!last.ok) throw new Error(last.error.reason);
      drop.push(...last.value.drop);
    }
    expect(new Set(send).size).toBe(send.length);
    expect(new Set(drop).size).toBe(drop.length);
    return { send: new Set(send), drop: new Set(drop), messages };
  }
}

function differences(held: States, asked: States): { send: Set<string>; drop: Set<string> } {
  return {
    send: new Set([...held].flatMap(([key, state]) => (asked.get(key) === state ? [] : [key]))),
    drop: new Set([...asked].flatMap(([key, state]) => (held.get(key) === state ? [] : [key]))),
  };
}

function apply(trie: HashTrie, held: States, { send, drop }: Pick<Outcome, 'send' | 'drop'>): HashTrie {
  for (const key of drop) trie.delete(key);
  for (const key of send) trie.set(key, rowHash(key, held.get(key)!));
  return trie;
}

const keys = fc.nat(4_000).map((n) => `k${n}`);
const edits = fc.array(fc.tuple(keys, fc.constantFrom('x', 'y', null)), { maxLength: 60 });
const worlds = fc
  .record({ size: fc.constantFrom(0, 1, 16, 17, 300, 3_000), held: edits, asked: edits })
  .map(({ size, held, asked }): [States, States] => {
    const common = new Map(Array.from({ length: size }, (_, n) => [`k${n}`, 'same']));
    const edited = (list: typeof held): States => {
      const states = new Map(common);
      for (const [key, state] of list) {
        if (state === null) states.delete(key);
        else states.set(key, state);
      }
      return states;
    };
    return [edited(held), edited(asked)];
  });

describe('the exchange', () => {
  test('SY-2: finds exactly the rows that differ, in both directions, within the levels of the trie', () => {
    fc.assert(
      fc.property(worlds, ([held, asked]) => {
        const found = exchange(trieOf(held, xxh64), trieOf(asked, xxh64));
        expect(found).toMatchObject(differences(held, asked));
        expect(found.messages.length).toBeLessThanOrEqual(8);
      }),
      { numRuns: 150 },
    );
  });

  test('SY-2: with hashes that collide it finds at least those, ends, and leaves both sides equal', () => {
    fc.assert(
      fc.property(hashes, worlds, (hash, [held, asked]) => {
        const small = (states: States): States => new Map([...states].slice(-200));
        const [holding, asking] = [trieOf(small(held), hash), trieOf(small(asked), hash)];
        const found = exchange(holding, asking);
        const expected = differences(small(held), small(asked));
        expect([...expected.send].filter((key) => !found.send.has(key))).toEqual([]);
        expect([...expected.drop].filter((key) => !found.drop.has(key))).toEqual([]);
        expect(apply(asking, held, found).digest()).toEqual(holding.digest());
        expect(found.messages.length).toBeLessThanOrEqual(MAX_DEPTH + 2);
      }),
      { numRuns: 100 },
    );
  });

  test('SY-2: nothing differs: one list or level, and an empty answer', () => {
    for (const size of [0, 3, 500]) {
      const states = new Map(Array.from({ length: size }, (_, n) => [`k${n}`, 'same']));
      const found = exchange(trieOf(states, xxh64), trieOf(states, xxh64));
      expect(found).toMatchObject({ send: new Set(), drop: new Set() });
      expect(found.messages.map(({ length }) => length > 0)).toEqual([true, false]);
    }
  });

  test('SY-2: one side empty: all is sent, or all is dropped', () => {
    const states = new Map(Array.from({ length: 500 }, (_, n) => [`k${n}`, 'x']));
    const [full, empty] = [trieOf(states, xxh64), new HashTrie(xxh64)];
    expect(exchange(full, empty)).toMatchObject({ send: new Set(states.keys()), drop: new Set() });
    expect(exchange(empty, full)).toMatchObject({ send: new Set(), drop: new Set(states.keys()) });
  });

  test('SY-2: partitions answer as the map they make up', () => {
    fc.assert(
      fc.property(worlds, ([held, asked]) => {
        const parts = [new HashTrie(xxh64), new HashTrie(xxh64), new HashTrie(xxh64)];
        for (const [key, state] of held) parts[Number(xxh64(key) % 3n)]!.set(key, rowHash(key, state));
        const found = exchange(combineTries(parts) as HashTrie, trieOf(asked, xxh64));
        expect(found).toMatchObject(differences(held, asked));
      }),
      { numRuns: 40 },
    );
  });

  test('SY-2: rows that change meanwhile, and are told by other means, end up equal too', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.array(fc.tuple(keys, fc.constantFrom('z', null)), { minLength: 1, maxLength: 12 }),
        ([held, asked], later) => {
          const truth = new Map(held);
          const [holding, asking] = [trieOf(held, xxh64), trieOf(asked, xxh64)];
          const waiting = [...later];
          // A push: both sides take it, and whatever the exchange has said of that row before is overtaken by it.
          const pushed = new Map<string, string | null>();
          const found = exchange(holding, asking, () => {
            const next = waiting.shift();
            if (next === undefined) return;
            const [key, state] = next;
            pushed.set(key, state);
            for (const trie of [holding, asking]) {
              if (state === null) trie.delete(key);
              else trie.set(key, rowHash(key, state));
            }
            if (state === null) truth.delete(key);
            else truth.set(key, state);
          });
          const send = new Set([...found.send].filter((key) => truth.has(key)));
          const drop = new Set([...found.drop].filter((key) => pushed.get(key) === undefined));
          expect(apply(asking, truth, { send, drop }).digest()).toEqual(holding.digest());
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the budgets of the exchange (SY-3)', () => {
  const SIZE = 100_000;
  const common = new Map(Array.from({ length: SIZE }, (_, n) => [`record-${n}`, 'same']));
  const holding = trieOf(common, xxh64);

  /** As it travels: base64url in a message of each direction. */
  const bytesOf = (messages: readonly Uint8Array[]): number =>
    messages.reduce(
      (sum, message) => sum + `42["m",{"type":"level","sub":1,"n":1,"nodes":"${encodeBase64url(message)}"}]`.length,
      '{"have":[100000,"AAAAAAAAAAA"]}'.length,
    );

  test.each([
    [1, 1_200],
    [10, 6_000],
    [1_000, 250_000],
  ])('SY-3: %i rows of 100,000 differ: within %i bytes and 4 round trips', (changed, budget) => {
    for (const seed of [1, 2, 3]) {
      const asking = trieOf(common, xxh64);
      const expected = { send: new Set<string>(), drop: new Set<string>() };
      for (let i = 0; i < changed; i += 1) {
        // Changed there, deleted there, and created there.
        const key = i % 3 === 2 ? `new-${seed}-${i}` : `record-${(i * 7_919 * seed) % SIZE}`;
        if (i % 3 === 1) asking.delete(key);
        else asking.set(key, rowHash(key, 'old'));
        if (i % 3 !== 2) expected.send.add(key);
        if (i % 3 !== 1) expected.drop.add(key);
      }
      const found = exchange(holding, asking);
      expect(found).toMatchObject(expected);
      expect(bytesOf(found.messages)).toBeLessThanOrEqual(budget);
      // The first message answers `subscribe`; the rows come with the holder's last word.
      expect(Math.ceil((found.messages.length + 1) / 2)).toBeLessThanOrEqual(4);
    }
  });
});

describe('an exchange with anybody', () => {
  const states = new Map(Array.from({ length: 300 }, (_, n) => [`k${n}`, 'same']));
  const trie = trieOf(states, xxh64);

  test('SY-2: it takes any bytes, answers with an error or a bounded message, and ends within the levels there are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 20, maxLength: 20 }), (messages) => {
        const sides = [createHolder(trie), createAsker(trie)] as const;
        sides[0].open();
        for (const side of sides) {
          const answered = messages.filter((message) => {
            const turn = side.receive(message);
            return turn.ok && turn.value.reply.length > 0;
          });
          expect(answered.length).toBeLessThanOrEqual(MAX_DEPTH + 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('SY-2: a peer whose every sum is a forged one gets each subtree once, and then no more', () => {
    const holder = createHolder(trie);
    let message = holder.open();
    let said = 0;
    for (let turns = 0; ; turns += 1) {
      expect(turns).toBeLessThanOrEqual(MAX_DEPTH + 1);
      const items = decodeItems(message);
      if (!items.ok) throw new Error('unreadable');
      said += message.length;
      const lies = items.value.flatMap(({ type, path }): ExchangeItem[] =>
        type !== 'sums'
          ? []
          : Array.from({ length: 16 }, (_, digit) => ({
              type: 'sums',
              path: path + digit.toString(16),
              sums: Array.from({ length: 16 }, (__, other) => digit * 16 + other),
            })),
      );
      const turn = holder.receive(encodeItems(lies));
      if (!turn.ok) throw new Error(turn.error.reason);
      if (turn.value.isDone) break;
      message = turn.value.reply;
    }
    // 300 rows of 12 bytes, and what leads to them.
    expect(said).toBeLessThan(40_000);
  });

  test.each<[string, ExchangeItem[]]>([
    ['a path nobody spoke of', [{ type: 'sums', path: 'ab', sums: new Array<null>(16).fill(null) }]],
    ['the root once more', [{ type: 'sums', path: '', sums: new Array<null>(16).fill(null) }]],
    ['wishes from what was no list', [{ type: 'want', path: 'a', idents: [1] }]],
    ['a subtree twice', Array.from({ length: 2 }, () => ({ type: 'list', path: 'a', rows: [] }))],
    ['what only the other side says', [{ type: 'lack', path: 'a', idents: [] }]],
  ])('SY-2: %s is an error', (_, items) => {
    const holder = createHolder(trie);
    holder.open();
    expect(holder.receive(encodeItems(items))).toMatchObject({ ok: false, error: { code: 'unexpected-path' } });
  });

  test('SY-2: the asker takes the root first, and of the holder only what it asked for', () => {
    const root: ExchangeItem = { type: 'list', path: '', rows: [] };
    const deeper: ExchangeItem = { type: 'list', path: 'a', rows: [] };
    expect(createAsker(trie).receive(encodeItems([deeper])).ok).toBe(false);
    const asker = createAsker(trie);
    const turn = asker.receive(encodeItems([root]));
    expect(turn.ok && turn.value.drop.length).toBe(300);
    for (const item of [root, deeper]) expect(asker.receive(encodeItems([item])).ok).toBe(false);
  });

  test('SY-2: wishes for rows that are not in the list are nobody’s rows', () => {
    const few = trieOf(
      new Map([
        ['a', 'x'],
        ['b', 'x'],
      ]),
      xxh64,
    );
    const holder = createHolder(few);
    holder.open();
    const [row] = few.rows('');
    const turn = holder.receive(encodeItems([{ type: 'want', path: '', idents: [row!.ident, row!.ident, 7] }]));
    expect(turn.ok && turn.value).toMatchObject({ isDone: true, send: [row!.key] });
  });
});
