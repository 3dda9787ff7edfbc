import { describe, expect, test } from 'vitest';
import { createAsker, createHolder, type Asker, type Holder } from './exchange.js';
import { decodeItems, encodeItems, type ExchangeItem } from './exchange-item.js';
import { HashTrie } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { MAX_DEPTH } from './trie-reader.js';

const trieOf = (size: number, state = 'same'): HashTrie => {
  const trie = new HashTrie(xxh64);
  for (let i = 0; i < size; i += 1) trie.set(`k${i}`, xxh64(`${state} ${i}`));
  return trie;
};

const NO_SUMS = new Array<null>(16).fill(null);
const ITEMS: Readonly<Record<ExchangeItem['type'], (path: string) => ExchangeItem>> = {
  sums: (path) => ({ type: 'sums', path, sums: NO_SUMS }),
  list: (path) => ({ type: 'list', path, rows: [] }),
  want: (path) => ({ type: 'want', path, idents: [] }),
  lack: (path) => ({ type: 'lack', path, idents: [] }),
};
const TYPES = Object.keys(ITEMS) as ExchangeItem['type'][];

/** What is to come after the side has said this last. */
const accepted = (side: Holder | Asker, path: string): readonly string[] =>
  TYPES.filter((type) => side.receive(encodeItems([ITEMS[type](path)])).ok);

describe('what may be said, and when', () => {
  const taking = (make: () => Holder | Asker, path: string): readonly string[] =>
    TYPES.filter(
      (type) => accepted(make(), path).includes(type) && make().receive(encodeItems([ITEMS[type](path)])).ok,
    );

  test('SY-2: to a holder that has told of a level: sums and lists one digit further down', () => {
    const holder = (): Holder => {
      const side = createHolder(trieOf(300));
      side.open();
      return side;
    };
    const fits = (path: string) => TYPES.filter((type) => holder().receive(encodeItems([ITEMS[type](path)])).ok);
    expect(fits('a')).toEqual(['sums', 'list']);
    for (const path of ['', 'aa', '0000000000000000'])
      expect(path.length === 16 ? taking(holder, path) : fits(path)).toEqual([]);
  });

  test('SY-2: to a holder that has given a list: what is wanted of it, and nothing else', () => {
    const fits = (path: string) =>
      TYPES.filter((type) => {
        const holder = createHolder(trieOf(3));
        holder.open();
        return holder.receive(encodeItems([ITEMS[type](path)])).ok;
      });
    expect(fits('')).toEqual(['want']);
    expect(fits('a')).toEqual([]);
  });

  test('SY-2: to a holder that has not begun: nothing', () => {
    for (const type of TYPES) expect(createHolder(trieOf(300)).receive(encodeItems([ITEMS[type]('a')])).ok).toBe(false);
  });

  test('SY-2: to an asker at first: the root, as a level or as a list', () => {
    const fits = (path: string) =>
      TYPES.filter((type) => createAsker(trieOf(300)).receive(encodeItems([ITEMS[type](path)])).ok);
    expect(fits('')).toEqual(['sums', 'list']);
    expect(fits('a')).toEqual([]);
  });

  test('SY-2: a message that is refused changes nothing: the right one is taken afterwards', () => {
    const [holder, asker] = [createHolder(trieOf(300)), createAsker(trieOf(300, 'other'))];
    const opening = holder.open();
    expect(asker.receive(encodeItems([ITEMS.lack('')])).ok).toBe(false);
    const turn = asker.receive(opening);
    if (!turn.ok) throw new Error(turn.error.reason);
    expect(holder.receive(encodeItems([ITEMS.want('a')])).ok).toBe(false);
    expect(holder.receive(Uint8Array.of(255)).ok).toBe(false);
    expect(holder.receive(turn.value.reply).ok).toBe(true);
  });

  test('SY-2: an empty message is an end, to both', () => {
    const holder = createHolder(trieOf(300));
    holder.open();
    expect(holder.receive(new Uint8Array(0))).toEqual({
      ok: true,
      value: { reply: new Uint8Array(0), isDone: true, send: [] },
    });
    expect(createAsker(trieOf(300)).receive(new Uint8Array(0))).toMatchObject({ ok: true, value: { drop: [] } });
  });
});

describe('a message with one byte changed on the way', () => {
  const bothSides = (): readonly [opening: Uint8Array, reply: Uint8Array, holder: () => Holder, asker: () => Asker] => {
    const [held, asked] = [trieOf(60), trieOf(60, 'other')];
    const opening = createHolder(held).open();
    const turn = createAsker(asked).receive(opening);
    if (!turn.ok) throw new Error(turn.error.reason);
    const holder = (): Holder => {
      const side = createHolder(held);
      side.open();
      return side;
    };
    return [opening, turn.value.reply, holder, () => createAsker(asked)];
  };

  test('SY-2: is read as something else, or refused with a code; never more is made of it than a trie has', () => {
    const [opening, reply, holder, asker] = bothSides();
    const codes = new Set<string>();
    for (const [message, make] of [
      [opening, asker],
      [reply, holder],
    ] as const) {
      for (let at = 0; at < message.length; at += 1) {
        for (const flip of [0x01, 0x10, 0x80, 0xff]) {
          const forged = message.slice();
          forged[at] = forged[at]! ^ flip;
          const turn = make().receive(forged);
          if (!turn.ok) codes.add(turn.error.code);
          else expect(turn.value.reply.length).toBeLessThan(60 * 14 + 16 * 20);
        }
      }
    }
    expect([...codes].sort()).toEqual(['malformed-exchange', 'unexpected-path']);
  });

  test('SY-2: wherever it is cut, it is refused or says less', () => {
    const [opening, reply, holder, asker] = bothSides();
    for (const [message, make] of [
      [opening, asker],
      [reply, holder],
    ] as const) {
      const whole = decodeItems(message);
      const items = whole.ok ? whole.value.length : 0;
      for (let length = 0; length < message.length; length += 1) {
        const cut = decodeItems(message.slice(0, length));
        expect(cut.ok ? cut.value.length < items : cut.error.code).toBeTruthy();
        expect(() => make().receive(message.slice(0, length))).not.toThrow();
      }
    }
  });
});

describe('a peer that lies', () => {
  test('SY-2: with every sum wrong at every level comes to an end within the levels there are', () => {
    const asker = createAsker(trieOf(200));
    let message = encodeItems([{ type: 'sums', path: '', sums: Array.from({ length: 16 }, (_, i) => i) }]);
    let turns = 0;
    for (; ; turns += 1) {
      const turn = asker.receive(message);
      if (!turn.ok) throw new Error(turn.error.reason);
      const said = decodeItems(turn.value.reply);
      if (!said.ok) throw new Error(said.error.reason);
      const deeper = said.value.filter(({ type }) => type === 'sums');
      if (deeper.length === 0) break;
      message = encodeItems(
        deeper.flatMap(({ path }) =>
          Array.from({ length: 16 }, (_, digit): ExchangeItem => {
            const next = path + digit.toString(16);
            return next.length < MAX_DEPTH
              ? { type: 'sums', path: next, sums: Array.from({ length: 16 }, (__, i) => i * 31 + turns) }
              : { type: 'list', path: next, rows: [] };
          }),
        ),
      );
    }
    expect(turns).toBeLessThanOrEqual(MAX_DEPTH);
  });

  test('SY-2: cannot have rows sent that the list does not hold, nor one twice', () => {
    const trie = trieOf(5);
    const holder = createHolder(trie);
    holder.open();
    const idents = trie.rows('').map(({ ident }) => ident);
    const wanted = [...idents, ...idents, 1, 2, 3];
    const turn = holder.receive(encodeItems([{ type: 'want', path: '', idents: wanted }]));
    expect(turn.ok && [...turn.value.send].sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    expect(holder.receive(encodeItems([{ type: 'want', path: '', idents }])).ok).toBe(false);
  });
});
