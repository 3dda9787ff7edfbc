import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalRecord, decodeRecord, encodeRecord, type LwwRecord } from '../crdt/index.js';
import {
  rollLists,
  runWorld,
  settle,
  someNames,
  stepLists,
  type Carrier,
  type Records,
  type Replica,
} from '../crdt/replica-world.arbitrary.js';
import { sameDigest } from './digest.js';
import { createAsker, createHolder } from './exchange.js';
import { HashTrie } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { recordHash } from './record-hash.js';

// Replicas that write and tell each other, each with the digest of what it holds, kept as it goes.

const carrier: Carrier = {
  ops: (ops) => ops,
  record(_key, record) {
    const read = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
    if (!read.ok) throw new Error(read.error.message);
    return read.value;
  },
};

/** What both have anyway, so that there are nodes and not one list alone. */
const COMMON = Array.from({ length: 40 }, (_, i) => `common ${i}`);

const commonTrie = (): HashTrie => {
  const trie = new HashTrie(xxh64);
  for (const key of COMMON) trie.set(key, xxh64(key));
  return trie;
};

function trieOf(records: Records): HashTrie {
  const trie = commonTrie();
  for (const [key, record] of records) trie.set(key, recordHash(xxh64, key, record));
  return trie;
}

const textOf = (records: Records): string =>
  JSON.stringify([...records].map(([key, record]) => [key, canonicalRecord(record)]).sort());

/** The keys under which they hold different states. */
const differing = (a: Records, b: Records): readonly string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter((key) => {
    const [one, other] = [a.get(key), b.get(key)];
    return one === undefined || other === undefined || canonicalRecord(one) !== canonicalRecord(other);
  });

function exchange(holding: HashTrie, asking: HashTrie): { readonly send: Set<string>; readonly drop: Set<string> } {
  const [holder, asker] = [createHolder(holding), createAsker(asking)];
  const found = { send: new Set<string>(), drop: new Set<string>() };
  for (let said = holder.open(), isDone = false; ;) {
    const turn = asker.receive(said);
    if (!turn.ok) throw new Error(turn.error.reason);
    for (const key of turn.value.drop) found.drop.add(key);
    if (isDone) return found;
    const answer = holder.receive(turn.value.reply);
    if (!answer.ok) throw new Error(answer.error.reason);
    for (const key of answer.value.send) found.send.add(key);
    ({ reply: said, isDone } = answer.value);
    if (isDone && said.length === 0) return found;
  }
}

describe('replicas and their digests', () => {
  test('SY-2: a digest that is kept write by write is that of the state, in whatever order it came about', () => {
    fc.assert(
      fc.property(someNames, stepLists, (names, steps) => {
        const tries = names.map(commonTrie);
        const { replicas } = runWorld(names, steps, carrier, (at, { records }) => {
          for (const [key, record] of records) tries[at]!.set(key, recordHash(xxh64, key, record));
        });
        replicas.forEach(({ records }, at) => expect(tries[at]!.digest()).toEqual(trieOf(records).digest()));
      }),
      { numRuns: 150 },
    );
  });

  test('SY-2, CR-8: two have one digest exactly when they hold the same states, and in the end all have', () => {
    fc.assert(
      fc.property(someNames, stepLists, rollLists, (names, steps, rolls) => {
        const world = runWorld(names, steps, carrier);
        const digestsAgree = (a: Records, b: Records): boolean => sameDigest(trieOf(a).digest(), trieOf(b).digest());
        for (const a of world.replicas) {
          for (const b of world.replicas) {
            expect(digestsAgree(a.records, b.records)).toBe(textOf(a.records) === textOf(b.records));
          }
        }
        settle(world, carrier, rolls);
        const [first, ...others] = world.replicas.map(({ records }) => shown(records));
        for (const other of others) expect(digestsAgree(first!, other)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('SY-2: an exchange names the rows that differ, and with them replaced both have one digest', () => {
    fc.assert(
      fc.property(stepLists, (steps) => {
        const { replicas } = runWorld(['a.0', 'b.0'], steps, carrier);
        const [{ records: holding }, { records: asking }] = replicas as readonly [Replica, Replica];
        const [held, asked] = [trieOf(holding), trieOf(asking)];
        const { send, drop } = exchange(held, asked);
        const differ = differing(holding, asking);
        expect([...send].sort()).toEqual(differ.filter((key) => holding.has(key)).sort());
        expect([...drop].sort()).toEqual(differ.filter((key) => asking.has(key)).sort());
        for (const key of drop) asked.delete(key);
        for (const key of send) asked.set(key, recordHash(xxh64, key, holding.get(key)!));
        expect(asked.digest()).toEqual(held.digest());
      }),
      { numRuns: 150 },
    );
  });
});

/** Without keys of which nothing is known: one that was told of nothing has heard of the key all the same. */
const shown = (records: Records): Records =>
  new Map([...records].filter(([, record]: [string, LwwRecord]) => canonicalRecord(record) !== '["",0,"",[]]'));
