import { assertNever, err, ok, type Result } from '../primitives/index.js';
import { MAX_DEPTH, type TriePath } from './trie-reader.js';

/** What one side says of one subtree. */
export type ExchangeItem =
  /** The 16 subtrees below it, by their sums; `null`: nothing there. */
  | { readonly type: 'sums'; readonly path: TriePath; readonly sums: readonly (number | null)[] }
  /** All rows below it. */
  | { readonly type: 'list'; readonly path: TriePath; readonly rows: readonly ListedRow[] }
  /** Of a list: the rows to send. */
  | { readonly type: 'want'; readonly path: TriePath; readonly idents: readonly number[] }
  /** Of a list: the rows that are not here, or not like that. */
  | { readonly type: 'lack'; readonly path: TriePath; readonly idents: readonly number[] };

export interface ListedRow {
  readonly ident: number;
  readonly record: number;
}

/** Why a message of the other side cannot be gone on with. */
export interface ExchangeError {
  readonly code: 'malformed-exchange' | 'unexpected-path';
  readonly reason: string;
}

const TYPES = ['sums', 'list', 'want', 'lack'] as const;
const WORD_BYTES = 6;
const DEPTH_BITS = 5;

/**
 * One message: items one after another. An item is a byte of type and depth, the digits of its path two a byte, and then 6 bytes for
 * each 48-bit word: for `sums` after 16 bits that say which there are, for the others after how many there are.
 */
export function encodeItems(items: readonly ExchangeItem[]): Uint8Array {
  const bytes: number[] = [];
  for (const item of items) {
    const { path } = item;
    bytes.push((TYPES.indexOf(item.type) << DEPTH_BITS) | path.length);
    for (let i = 0; i < path.length; i += 2) bytes.push(parseInt(path.slice(i, i + 2).padEnd(2, '0'), 16));
    writeBody(item, bytes);
  }
  return Uint8Array.from(bytes);
}

function writeBody(item: ExchangeItem, bytes: number[]): void {
  switch (item.type) {
    case 'sums': {
      let present = 0;
      item.sums.forEach((sum, digit) => (present |= sum === null ? 0 : 1 << digit));
      bytes.push(present >> 8, present & 255);
      for (const sum of item.sums) if (sum !== null) writeWord(sum, bytes);
      return;
    }
    case 'list':
      writeCount(item.rows.length, bytes);
      for (const { ident, record } of item.rows) {
        writeWord(ident, bytes);
        writeWord(record, bytes);
      }
      return;
    case 'want':
    case 'lack':
      writeCount(item.idents.length, bytes);
      for (const ident of item.idents) writeWord(ident, bytes);
      return;
    default:
      assertNever(item);
  }
}

function writeWord(word: number, bytes: number[]): void {
  const high = Math.floor(word / 2 ** 32);
  bytes.push(high >> 8, high & 255, (word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
}

function writeCount(count: number, bytes: number[]): void {
  let rest = count;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
}

/** Thrown inside this file only. */
class Unreadable extends Error {}

/** Reads what {@link encodeItems} writes, and no more than there is: what it makes is bounded by the size of the message. */
export function decodeItems(bytes: Uint8Array): Result<readonly ExchangeItem[], ExchangeError> {
  const reader = new ByteReader(bytes);
  const items: ExchangeItem[] = [];
  try {
    while (!reader.isAtEnd) items.push(readItem(reader));
  } catch (error) {
    if (error instanceof Unreadable) return err({ code: 'malformed-exchange', reason: error.message });
    throw error;
  }
  return ok(items);
}

function readItem(reader: ByteReader): ExchangeItem {
  const head = reader.byte();
  const depth = head & (2 ** DEPTH_BITS - 1);
  const type = TYPES[head >> DEPTH_BITS];
  if (type === undefined || depth > MAX_DEPTH) throw new Unreadable(`no item begins with ${head}`);
  let path = '';
  for (let i = 0; i < depth; i += 2) path += reader.byte().toString(16).padStart(2, '0');
  if (depth % 2 === 1 && path.at(-1) !== '0') throw new Unreadable('the half byte after a path is 0');
  path = path.slice(0, depth);
  if (type === 'sums') return { type, path, sums: readSums(reader, depth) };
  const count = reader.count();
  if (type === 'list') {
    return { type, path, rows: reader.times(count, 2, () => ({ ident: reader.word(), record: reader.word() })) };
  }
  return { type, path, idents: reader.times(count, 1, () => reader.word()) };
}

function readSums(reader: ByteReader, depth: number): (number | null)[] {
  if (depth === MAX_DEPTH) throw new Unreadable('below the last digit there is nothing');
  const present = reader.byte() * 256 + reader.byte();
  const sums: (number | null)[] = [];
  for (let digit = 0; digit < 16; digit += 1) sums.push(((present >> digit) & 1) === 1 ? reader.word() : null);
  return sums;
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Unreadable('the message ends within an item');
    this.#at += 1;
    return byte;
  }

  word(): number {
    let word = 0;
    for (let i = 0; i < WORD_BYTES; i += 1) word = word * 256 + this.byte();
    return word;
  }

  count(): number {
    let count = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      count |= (byte & 127) << shift;
      if (byte < 128) {
        if (byte === 0 && shift > 0) throw new Unreadable('a count has one form');
        return count;
      }
    }
    throw new Unreadable('a count is too large');
  }

  /** `read` so many times, if the message is long enough for that. */
  times<T>(count: number, words: number, read: () => T): T[] {
    if (count * words * WORD_BYTES > this.#bytes.length - this.#at) throw new Unreadable('more is said than there is');
    return Array.from({ length: count }, read);
  }
}
