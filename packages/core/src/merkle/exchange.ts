import { err, ok, type Result } from '../primitives/index.js';
import { decodeItems, encodeItems, type ExchangeError, type ExchangeItem, type ListedRow } from './exchange-item.js';
import { LIST_ROWS } from './hash-trie.js';
import type { TriePath, TrieReader } from './trie-reader.js';

/**
 * SY-2: finds the rows in which two sides differ, by turns: each message compares what the other has just said and says the same of
 * the subtrees that differ, one level further down, or lists them when they hold few rows. The *holder* has the truth and
 * begins; the *asker* comes to it.
 *
 * It ends with any peer: a message may speak of what was asked in the one before it and nothing else, of each subtree once, and every
 * turn goes down one level. It holds no rows and reads the tries as they are at each turn; who runs it sees to it that changes
 * made meanwhile reach the asker.
 */
export interface Holder {
  /** The first message. */
  open(): Uint8Array;
  receive(message: Uint8Array): Result<HolderTurn, ExchangeError>;
}

export interface HolderTurn {
  /** To be answered by the asker; when `isDone` the last word, which is not, and may be empty. */
  readonly reply: Uint8Array;
  readonly isDone: boolean;
  /** Keys of this side whose rows the asker does not have as they are here. */
  readonly send: readonly string[];
}

export interface Asker {
  receive(message: Uint8Array): Result<AskerTurn, ExchangeError>;
}

export interface AskerTurn {
  /** Meaningless after the holder's last word. */
  readonly reply: Uint8Array;
  /** Keys of this side whose rows the holder does not have as they are here: gone, unless it sends them. */
  readonly drop: readonly string[];
}

export function createHolder(trie: TrieReader): Holder {
  const side = new Side(trie);
  return {
    open: () => encodeItems(side.say([side.tell('')])),
    receive(message) {
      const items = side.read(message, ['sums', 'list', 'want']);
      if (!items.ok) return items;
      const send: string[] = [];
      const reply: ExchangeItem[] = [];
      for (const item of items.value) {
        if (item.type === 'sums') {
          side.compare(item.path, item.sums, reply);
        } else if (item.type === 'list') {
          const { mine, theirs } = side.differences(item.path, item.rows);
          send.push(...mine);
          if (theirs.length > 0) reply.push({ type: 'lack', path: item.path, idents: theirs });
        } else {
          send.push(...side.named(item.path, item.idents));
        }
      }
      const isDone = reply.every(({ type }) => type === 'lack');
      return ok({ reply: encodeItems(side.say(reply)), isDone, send });
    },
  };
}

export function createAsker(trie: TrieReader): Asker {
  const side = new Side(trie);
  side.isFirst = true;
  return {
    receive(message) {
      const items = side.read(message, ['sums', 'list', 'lack']);
      if (!items.ok) return items;
      const drop: string[] = [];
      const reply: ExchangeItem[] = [];
      for (const item of items.value) {
        if (item.type === 'sums') {
          side.compare(item.path, item.sums, reply);
        } else if (item.type === 'list') {
          const { mine, theirs } = side.differences(item.path, item.rows);
          drop.push(...mine);
          if (theirs.length > 0) reply.push({ type: 'want', path: item.path, idents: theirs });
        } else {
          drop.push(...side.named(item.path, item.idents));
        }
      }
      return ok({ reply: encodeItems(side.say(reply)), drop });
    },
  };
}

interface Differences {
  /** Keys of this side. */
  readonly mine: readonly string[];
  /** Idents of the other. */
  readonly theirs: readonly number[];
}

/** What holder and asker have in common. */
class Side {
  /** The next message is the holder's first. */
  isFirst = false;
  readonly #trie: TrieReader;
  #said: ReadonlyMap<TriePath, ExchangeItem['type']> = new Map();

  constructor(trie: TrieReader) {
    this.#trie = trie;
  }

  /** Remembers what is said, since only that may be answered. */
  say(items: readonly ExchangeItem[]): readonly ExchangeItem[] {
    this.#said = new Map(items.map(({ path, type }) => [path, type]));
    return items;
  }

  read(message: Uint8Array, types: readonly ExchangeItem['type'][]): Result<readonly ExchangeItem[], ExchangeError> {
    const items = decodeItems(message);
    if (!items.ok) return items;
    const seen = new Set<TriePath>();
    for (const { type, path } of items.value) {
      if (!types.includes(type) || !this.#isAsked(type, path) || seen.has(path)) {
        return err({ code: 'unexpected-path', reason: `nobody asked for ${type} of the subtree '${path}'` });
      }
      seen.add(path);
    }
    this.isFirst = false;
    return items;
  }

  #isAsked(type: ExchangeItem['type'], path: TriePath): boolean {
    if (this.isFirst) return path === '' && type !== 'lack';
    if (type === 'want' || type === 'lack') return this.#said.get(path) === 'list';
    return path !== '' && this.#said.get(path.slice(0, -1)) === 'sums';
  }

  /** The subtree as the other side is to be told of it. */
  tell(path: TriePath): ExchangeItem {
    if (this.#trie.count(path) > LIST_ROWS && path.length < 16) {
      return { type: 'sums', path, sums: this.#trie.sums(path) };
    }
    return { type: 'list', path, rows: this.#trie.rows(path) };
  }

  /** Tells of each subtree that is another one here. */
  compare(path: TriePath, sums: readonly (number | null)[], reply: ExchangeItem[]): void {
    const own = this.#trie.sums(path);
    for (let digit = 0; digit < 16; digit += 1) {
      if (own[digit] !== sums[digit]) reply.push(this.tell(path + digit.toString(16)));
    }
  }

  /** Keys whose hashes have one ident count as one key: then all of their rows are said to differ as soon as one does. */
  differences(path: TriePath, listed: readonly ListedRow[]): Differences {
    const own = byIdent(this.#trie.rows(path));
    const theirs = byIdent(listed);
    const differs = (ident: number): boolean => recordsOf(own.get(ident)) !== recordsOf(theirs.get(ident));
    return {
      mine: [...own].flatMap(([ident, rows]) => (differs(ident) ? rows.map(({ key }) => key) : [])),
      theirs: [...theirs.keys()].filter(differs),
    };
  }

  named(path: TriePath, idents: readonly number[]): string[] {
    const wanted = new Set(idents);
    return this.#trie
      .rows(path)
      .filter(({ ident }) => wanted.has(ident))
      .map(({ key }) => key);
  }
}

function byIdent<Row extends ListedRow>(rows: readonly Row[]): Map<number, Row[]> {
  const found = new Map<number, Row[]>();
  for (const row of rows) {
    const same = found.get(row.ident);
    if (same === undefined) found.set(row.ident, [row]);
    else same.push(row);
  }
  return found;
}

const recordsOf = (rows: readonly ListedRow[] = []): string =>
  rows
    .map(({ record }) => record)
    .sort((a, b) => a - b)
    .join();
