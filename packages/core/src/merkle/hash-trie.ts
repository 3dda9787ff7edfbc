import type { Hash64 } from '../primitives/index.js';
import type { Digest } from './digest.js';
import { MAX_DEPTH, WORD_48, type TriePath, type TrieReader, type TrieRow } from './trie-reader.js';

/** SY-2: a subtree of so many rows, or fewer, is a list. */
export const LIST_ROWS = 16;

/** A node that has shrunk to so few rows becomes a list again; fewer than {@link LIST_ROWS}, or one row could do it over and over. */
const FOLD_ROWS = 8;

/** Words of a row: key hash, record hash, the next row of its list. */
const [KEY_HI, KEY_LO, RECORD_HI, RECORD_LO, NEXT, ROW_WORDS] = [0, 1, 2, 3, 4, 5];
/** Words of a node: sum of record hashes, count, and 16 slots. */
const [SUM_HI, SUM_LO, COUNT, SLOTS, NODE_WORDS] = [0, 1, 2, 3, 19];

/**
 * SY-2: the rows of one map or subscription as an implicit 16-ary trie over the hashes of their keys. A node is the wrapping sum of
 * its record hashes and a count; the sums depend on nothing but the rows. Setting or deleting a row costs O(depth).
 *
 * Rows and nodes are words in two growing arrays: 20 bytes a row beside the reference to its key, and about 5 more for nodes.
 * A slot is 0 (empty), or a number from 1 shifted left by one, odd for a node, even for the first row of a list.
 */
export class HashTrie implements TrieReader {
  readonly #hash: Hash64;
  #rows = new Uint32Array(ROW_WORDS * 64);
  /** The first is none: rows count from 1. */
  #keys: (string | undefined)[] = [undefined];
  #freeRow = 0;
  /** Node 1 is the root. */
  #nodes = new Uint32Array(NODE_WORDS * 8);
  #nodeCount = 1;
  #freeNode = 0;

  constructor(hash: Hash64) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#nodes[COUNT]!;
  }

  digest(): Digest {
    const nodes = this.#nodes;
    return { count: nodes[COUNT]!, sum: (BigInt(nodes[SUM_HI]!) << 32n) | BigInt(nodes[SUM_LO]!) };
  }

  /** Puts the row in the place of the one with its key, if there is one. */
  set(key: string, record: bigint): void {
    const [keyHi, keyLo] = wordsOf(this.#hash(key));
    const [hi, lo] = wordsOf(record);
    const at = this.#slotOf(keyHi, keyLo);
    const held = this.#findRow(this.#nodes[at.slot]!, keyHi, keyLo, key);
    if (held !== 0) {
      const row = rowAt(held);
      this.#add(at.nodes, hi, lo, 0);
      this.#subtract(at.nodes, this.#rows[row + RECORD_HI]!, this.#rows[row + RECORD_LO]!, 0);
      this.#rows[row + RECORD_HI] = hi;
      this.#rows[row + RECORD_LO] = lo;
      return;
    }
    const added = this.#newRow(key);
    const row = rowAt(added);
    this.#rows[row + KEY_HI] = keyHi;
    this.#rows[row + KEY_LO] = keyLo;
    this.#rows[row + RECORD_HI] = hi;
    this.#rows[row + RECORD_LO] = lo;
    this.#push(at.slot, added);
    this.#add(at.nodes, hi, lo, 1);
    this.#split(at.slot, at.nodes.length);
  }

  /** Takes the row out; nothing happens when there is none. */
  delete(key: string): void {
    const [keyHi, keyLo] = wordsOf(this.#hash(key));
    const { slot, nodes } = this.#slotOf(keyHi, keyLo);
    const held = this.#findRow(this.#nodes[slot]!, keyHi, keyLo, key);
    if (held === 0) return;
    const row = rowAt(held);
    this.#subtract(nodes, this.#rows[row + RECORD_HI]!, this.#rows[row + RECORD_LO]!, 1);
    this.#unlink(slot, held);
    this.#keys[held] = undefined;
    this.#rows[row + NEXT] = this.#freeRow;
    this.#freeRow = held;
    this.#fold(nodes, keyHi, keyLo);
  }

  has(key: string): boolean {
    const [keyHi, keyLo] = wordsOf(this.#hash(key));
    return this.#findRow(this.#nodes[this.#slotOf(keyHi, keyLo).slot]!, keyHi, keyLo, key) !== 0;
  }

  *keys(): IterableIterator<string> {
    for (const key of this.#keys) if (key !== undefined) yield key;
  }

  count(path: TriePath): number {
    const slot = this.#find(path);
    return isNode(slot) ? this.#nodes[nodeAt(slot >>> 1) + COUNT]! : this.#listed(slot, path).length;
  }

  sums(path: TriePath): readonly (number | null)[] {
    const sums = new Array<number | null>(16).fill(null);
    const slot = this.#find(path);
    if (!isNode(slot)) {
      for (const row of this.#listed(slot, path)) {
        const digit = this.#digitOf(row, path.length);
        sums[digit] = ((sums[digit] ?? 0) + this.#word48(row + RECORD_HI)) % WORD_48;
      }
      return sums;
    }
    const node = nodeAt(slot >>> 1);
    for (let digit = 0; digit < 16; digit += 1) {
      const child = this.#nodes[node + SLOTS + digit]!;
      if (child === 0) continue;
      if (isNode(child)) sums[digit] = low48(this.#nodes, nodeAt(child >>> 1) + SUM_HI);
      else sums[digit] = this.#listSum(child);
    }
    return sums;
  }

  rows(path: TriePath): readonly TrieRow[] {
    const rows: TrieRow[] = [];
    const waiting = [this.#find(path)];
    for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
      if (isNode(slot)) {
        const node = nodeAt(slot >>> 1);
        for (let digit = 0; digit < 16; digit += 1) waiting.push(this.#nodes[node + SLOTS + digit]!);
        continue;
      }
      for (const row of this.#listed(slot, path)) {
        const key = this.#keys[row / ROW_WORDS + 1]!;
        rows.push({ key, ident: this.#word48(row + KEY_HI), record: this.#word48(row + RECORD_HI) });
      }
    }
    return rows;
  }

  /** The slot for this key hash, and the nodes above it, the root first. */
  #slotOf(hi: number, lo: number): { readonly slot: number; readonly nodes: readonly number[] } {
    const nodes = [nodeAt(1)];
    let slot = SLOTS + digitAt(hi, lo, 0);
    for (let depth = 1; isNode(this.#nodes[slot]!); depth += 1) {
      const node = nodeAt(this.#nodes[slot]! >>> 1);
      nodes.push(node);
      slot = node + SLOTS + digitAt(hi, lo, depth);
    }
    return { slot, nodes };
  }

  /** What stands at the path: a node, or the list in which its rows are, among others when the list begins above it. */
  #find(path: TriePath): number {
    let found = (1 << 1) | 1;
    for (let depth = 0; depth < path.length && isNode(found); depth += 1) {
      found = this.#nodes[nodeAt(found >>> 1) + SLOTS + parseInt(path[depth]!, 16)]!;
    }
    return found;
  }

  /** The places of the list's rows that are under the path. */
  #listed(slot: number, path: TriePath): number[] {
    const rows: number[] = [];
    for (let at = slot >>> 1; at !== 0; at = this.#rows[rowAt(at) + NEXT]!) {
      if (this.#isUnder(rowAt(at), path)) rows.push(rowAt(at));
    }
    return rows;
  }

  #isUnder(row: number, path: TriePath): boolean {
    for (let depth = 0; depth < path.length; depth += 1) {
      if (this.#digitOf(row, depth) !== parseInt(path[depth]!, 16)) return false;
    }
    return true;
  }

  #digitOf(row: number, depth: number): number {
    return digitAt(this.#rows[row + KEY_HI]!, this.#rows[row + KEY_LO]!, depth);
  }

  #isLong(slot: number): boolean {
    let rows = 0;
    for (let at = slot >>> 1; at !== 0 && rows <= LIST_ROWS; at = this.#rows[rowAt(at) + NEXT]!) rows += 1;
    return rows > LIST_ROWS;
  }

  #listSum(slot: number): number {
    let sum = 0;
    for (let at = slot >>> 1; at !== 0; at = this.#rows[rowAt(at) + NEXT]!) {
      sum = (sum + this.#word48(rowAt(at) + RECORD_HI)) % WORD_48;
    }
    return sum;
  }

  #word48(at: number): number {
    return low48(this.#rows, at);
  }

  #findRow(slot: number, hi: number, lo: number, key: string): number {
    for (let at = slot >>> 1; at !== 0; at = this.#rows[rowAt(at) + NEXT]!) {
      const row = rowAt(at);
      const isSameHash = this.#rows[row + KEY_LO] === lo && this.#rows[row + KEY_HI] === hi;
      if (isSameHash && this.#keys[at] === key) return at;
    }
    return 0;
  }

  #push(slot: number, row: number): void {
    this.#rows[rowAt(row) + NEXT] = this.#nodes[slot]! >>> 1;
    this.#nodes[slot] = row << 1;
  }

  #unlink(slot: number, row: number): void {
    const next = this.#rows[rowAt(row) + NEXT]!;
    const first = this.#nodes[slot]! >>> 1;
    if (first === row) {
      this.#nodes[slot] = next << 1;
      return;
    }
    let at = rowAt(first);
    while (this.#rows[at + NEXT] !== row) at = rowAt(this.#rows[at + NEXT]!);
    this.#rows[at + NEXT] = next;
  }

  /** Makes a node of a list that has grown too long; `depth` is how many digits lead to it. */
  #split(slot: number, depth: number): void {
    if (depth >= MAX_DEPTH || !this.#isLong(this.#nodes[slot]!)) return;
    const rows = this.#listed(this.#nodes[slot]!, '');
    const made = this.#newNode();
    const node = nodeAt(made);
    this.#nodes[slot] = (made << 1) | 1;
    for (const row of rows) {
      this.#push(node + SLOTS + this.#digitOf(row, depth), row / ROW_WORDS + 1);
      this.#add([node], this.#rows[row + RECORD_HI]!, this.#rows[row + RECORD_LO]!, 1);
    }
    // All of them may have gone the same way.
    for (let digit = 0; digit < 16; digit += 1) {
      if (this.#nodes[node + SLOTS + digit] !== 0) this.#split(node + SLOTS + digit, depth + 1);
    }
  }

  /** Makes lists of the nodes that have become small: the uppermost such takes in all below it. */
  #fold(nodes: readonly number[], hi: number, lo: number): void {
    for (let depth = 1; depth < nodes.length; depth += 1) {
      const node = nodes[depth]!;
      if (this.#nodes[node + COUNT]! > FOLD_ROWS) continue;
      const slot = nodes[depth - 1]! + SLOTS + digitAt(hi, lo, depth - 1);
      const rows: number[] = [];
      this.#takeRows(this.#nodes[slot]!, rows);
      this.#nodes[slot] = 0;
      for (const row of rows) this.#push(slot, row);
      return;
    }
  }

  /** Gathers the rows below, and frees the nodes they were under. */
  #takeRows(slot: number, rows: number[]): void {
    if (!isNode(slot)) {
      for (const row of this.#listed(slot, '')) rows.push(row / ROW_WORDS + 1);
      return;
    }
    const node = nodeAt(slot >>> 1);
    for (let digit = 0; digit < 16; digit += 1) this.#takeRows(this.#nodes[node + SLOTS + digit]!, rows);
    this.#nodes.fill(0, node, node + NODE_WORDS);
    this.#nodes[node] = this.#freeNode;
    this.#freeNode = slot >>> 1;
  }

  #newRow(key: string): number {
    let row = this.#freeRow;
    if (row === 0) {
      row = this.#keys.length;
      if (rowAt(row + 1) > this.#rows.length) this.#rows = grown(this.#rows);
    } else {
      this.#freeRow = this.#rows[rowAt(row) + NEXT]!;
    }
    this.#keys[row] = key;
    return row;
  }

  #newNode(): number {
    const free = this.#freeNode;
    if (free !== 0) {
      this.#freeNode = this.#nodes[nodeAt(free)]!;
      this.#nodes[nodeAt(free)] = 0;
      return free;
    }
    this.#nodeCount += 1;
    if (nodeAt(this.#nodeCount + 1) > this.#nodes.length) this.#nodes = grown(this.#nodes);
    return this.#nodeCount;
  }

  #add(nodes: readonly number[], hi: number, lo: number, rows: number): void {
    for (const node of nodes) {
      const sum = this.#nodes[node + SUM_LO]! + lo;
      this.#nodes[node + SUM_LO] = sum;
      this.#nodes[node + SUM_HI] = this.#nodes[node + SUM_HI]! + hi + (sum > 0xffffffff ? 1 : 0);
      this.#nodes[node + COUNT] = this.#nodes[node + COUNT]! + rows;
    }
  }

  #subtract(nodes: readonly number[], hi: number, lo: number, rows: number): void {
    for (const node of nodes) {
      const sum = this.#nodes[node + SUM_LO]! - lo;
      this.#nodes[node + SUM_LO] = sum;
      this.#nodes[node + SUM_HI] = this.#nodes[node + SUM_HI]! - hi - (sum < 0 ? 1 : 0);
      this.#nodes[node + COUNT] = this.#nodes[node + COUNT]! - rows;
    }
  }
}

const isNode = (slot: number): boolean => (slot & 1) === 1;
const rowAt = (row: number): number => (row - 1) * ROW_WORDS;
const nodeAt = (node: number): number => (node - 1) * NODE_WORDS;

const digitAt = (hi: number, lo: number, depth: number): number =>
  ((depth < 8 ? hi : lo) >>> (28 - 4 * (depth & 7))) & 15;

const wordsOf = (hash: bigint): readonly [hi: number, lo: number] => [
  Number(hash >> 32n),
  Number(BigInt.asUintN(32, hash)),
];

/** The low 48 bits of the two words at this place. */
const low48 = (words: Uint32Array, at: number): number => (words[at]! & 0xffff) * 2 ** 32 + words[at + 1]!;

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(words.length * 2);
  larger.set(words);
  return larger;
}
