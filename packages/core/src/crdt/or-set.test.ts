import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import type { Value } from '../primitives/value.js';
import { reordered } from '../primitives/value.arbitrary.js';
import { applyOp, opToRecord } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import { isLiveTag, isRemovedBy, liveTags, MAX_SET_TAGS } from './or-set.js';
import { planAdd, planDiscard } from './plan-or-set.js';
import { diffRecords, EMPTY_RECORD, mergeRecords, sameRecord } from './record-merge.js';
import { modelSet } from './set-model.arbitrary.js';
import { setOpLists, type SetOp } from './set-op.arbitrary.js';
import { opToWire, wireToOp, type WireOp } from './wire-op.js';
import { canonicalRecord, decodeRecord, encodeRecord } from './wire-record.js';

const stateOf = (ops: readonly SetOp[]): LwwRecord => ops.reduce(applyOp, EMPTY_RECORD);
const textsOf = (record: LwwRecord): readonly string[] => ((materialize(record) ?? []) as Value[]).map(canonicalJson);

const viaWire = (record: LwwRecord): LwwRecord => {
  const decoded = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record))));
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
};

const opViaWire = (op: SetOp): SetOp => {
  const decoded = wireToOp(op.replica, JSON.parse(JSON.stringify(opToWire(op))) as WireOp);
  if (!decoded.ok) throw new Error(`${decoded.error.at}: ${decoded.error.message}`);
  return decoded.value as SetOp;
};

describe('an OR set as registers', () => {
  test('CR-6: holds what the set of its ops means, by a definition without registers', () => {
    fc.assert(
      fc.property(setOpLists, (ops) => {
        expect(textsOf(stateOf(ops))).toEqual(modelSet(ops));
      }),
      { numRuns: 4000 },
    );
  });

  test('CR-6: so does every part of the ops: what has not arrived is not seen, and not undone', () => {
    const parts = setOpLists.chain((ops) => fc.subarray([...ops]));
    fc.assert(
      fc.property(parts, (ops) => {
        expect(textsOf(stateOf(ops))).toEqual(modelSet(ops));
      }),
      { numRuns: 2000 },
    );
  });

  test('CR-8: shuffled, duplicated, grouped, re-encoded deliveries give the same bytes', () => {
    const deliveries = setOpLists.chain((ops) =>
      fc.record({
        ops: fc.constant(ops),
        extra: fc.subarray([...ops]),
        seed: fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 40, maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ ops, extra, seed }) => {
        let turn = 0;
        const roll = (below: number): number => seed[turn++ % seed.length]! % below;
        const shuffled = [...ops, ...extra].map((op) => ({ op, at: roll(999) })).sort((a, b) => a.at - b.at);
        const pool = shuffled.map(({ op }) => {
          const sent = opViaWire(op);
          return opToRecord(
            roll(2) === 0 ? sent : { ...sent, value: reordered(sent.value), tags: sent.tags.toReversed() },
          );
        });
        while (pool.length > 1) {
          const [a] = pool.splice(roll(pool.length), 1);
          const [b] = pool.splice(roll(pool.length), 1);
          const merged = mergeRecords(a!, b!);
          pool.push(roll(3) === 0 ? viaWire(merged) : merged);
        }
        expect(canonicalRecord(pool[0] ?? EMPTY_RECORD)).toBe(canonicalRecord(stateOf(ops)));
      }),
      { numRuns: 1500 },
    );
  });

  test('CR-8: merging is commutative, associative, idempotent, and a delta brings the one state to the other', () => {
    const states = setOpLists.map(stateOf);
    fc.assert(
      fc.property(states, states, states, (a, b, c) => {
        const ab = mergeRecords(a, b);
        expect(canonicalRecord(mergeRecords(b, a))).toBe(canonicalRecord(ab));
        expect(canonicalRecord(mergeRecords(ab, c))).toBe(canonicalRecord(mergeRecords(a, mergeRecords(b, c))));
        expect(mergeRecords(ab, viaWire(b))).toBe(ab);
        expect(sameRecord(mergeRecords(a, viaWire(diffRecords(a, ab))), ab)).toBe(true);
      }),
      { numRuns: 700 },
    );
  });

  test('the oracle can fail: without the removal at the tag itself, a later add that was not seen goes too', () => {
    const wrong = (ops: readonly SetOp[]): readonly string[] => {
      const last = new Map<string, SetOp>();
      for (const op of ops) {
        const text = canonicalJson(op.value);
        if (op.stamp > (last.get(text)?.stamp ?? '')) last.set(text, op);
      }
      return [...last]
        .filter(([, op]) => op.kind === 'add')
        .map(([text]) => text)
        .sort();
    };
    const found = fc.check(
      fc.property(setOpLists, (ops) => canonicalJson(wrong(ops)) === canonicalJson(modelSet(ops))),
      { numRuns: 2000 },
    );
    expect(found.failed).toBe(true);
  });
});

/** Two replicas that plan against what they hold. */
class Author {
  record: LwwRecord = EMPTY_RECORD;
  readonly replica: ReplicaId;
  #millis: number;

  constructor(replica: string, millis = 0) {
    this.replica = replica as ReplicaId;
    this.#millis = millis;
  }

  add(value: unknown): SetOp {
    const plan = planAdd(this.record, value);
    if (!plan.ok) throw new Error(plan.error.code);
    return this.#write(plan.value as Pick<SetOp, 'kind' | 'value' | 'tags'>);
  }

  remove(value: unknown): SetOp | null {
    const plan = planDiscard(this.record, value);
    if (!plan.ok) throw new Error(plan.error.code);
    return plan.value === null ? null : this.#write(plan.value as Pick<SetOp, 'kind' | 'value' | 'tags'>);
  }

  see(...ops: readonly (SetOp | null)[]): void {
    for (const op of ops) if (op !== null) this.record = applyOp(this.record, op);
  }

  #write(body: Pick<SetOp, 'kind' | 'value' | 'tags'>): SetOp {
    this.#millis += 1;
    const stamp = encodeStamp({ millis: this.#millis, counter: 0, replica: this.replica });
    const op: SetOp = { ...body, replica: this.replica, seq: this.#millis, stamp, map: 'm', key: 'k' };
    this.see(op);
    return op;
  }
}

describe('stories of two replicas', () => {
  test('CR-6: an add wins over a concurrent removal that had not seen it, whichever clock is ahead', () => {
    for (const [early, late] of [
      [0, 1000],
      [1000, 0],
    ]) {
      const [a, b] = [new Author('a', early), new Author('b', late)];
      const first = a.add('x');
      b.see(first);
      const again = a.add('x');
      const removal = b.remove('x');
      a.see(removal);
      b.see(again);
      expect([materialize(a.record), materialize(b.record)]).toEqual([['x'], ['x']]);
      expect(canonicalRecord(a.record)).toBe(canonicalRecord(b.record));
    }
  });

  test('CR-6: a removal takes away what it saw, of every adder, before or after those adds arrive', () => {
    const [a, b, c] = [new Author('a'), new Author('b', 10), new Author('c', 5)];
    const adds = [a.add('x'), b.add('x')];
    c.see(...adds);
    const removal = c.remove('x');
    const early = new Author('d');
    early.see(removal, ...adds);
    expect(materialize(early.record)).toBeUndefined();
    expect(canonicalRecord(early.record)).toBe(canonicalRecord(c.record));
  });

  test('CR-6: adding a value takes the place of the tags its author saw, so live tags are bounded by concurrent adders', () => {
    const authors = Array.from({ length: 20 }, (_, i) => new Author(`r${i}`, i * 100));
    const all = new Author('all');
    for (const author of authors) {
      author.record = all.record;
      all.see(author.add('x'));
    }
    expect(liveTags(all.record, 'x')).toHaveLength(1);
    expect(materialize(all.record)).toEqual(['x']);
  });

  test('CR-6: a value put in and taken out 10,000 times is one register', () => {
    const author = new Author('a');
    for (let i = 0; i < 5_000; i += 1) {
      author.add('x');
      author.remove('x');
    }
    expect(author.record.fields.size).toBe(1);
    expect(materialize(author.record)).toBeUndefined();
    author.add('x');
    expect([author.record.fields.size, materialize(author.record)]).toEqual([1, ['x']]);
  });

  test('CR-6: equality is canonical JSON, and each value is there once, in one order', () => {
    const [a, b] = [new Author('a'), new Author('b', 10)];
    a.see(b.add({ n: 1, m: [new Uint8Array([1])] }), b.add('z'), b.add(-0), b.add(null));
    a.add({ m: [new Uint8Array([1])], n: 1 });
    a.add(0);
    expect(materialize(a.record)).toEqual(['z', 0, null, { n: 1, m: [new Uint8Array([1])] }]);
    a.remove({ m: [new Uint8Array([1])], n: 1 });
    expect(materialize(a.record)).toEqual(['z', 0, null]);
  });

  test('a value whose text begins like another, or ends like a replica, is another', () => {
    const author = new Author('a');
    for (const value of ['x', 'x a', 'x ', ['x'], 'a', '"']) author.add(value);
    expect(materialize(author.record)).toHaveLength(6);
    expect(author.remove('x a')?.tags).toHaveLength(1);
    expect(author.remove('x')?.tags).toHaveLength(1);
    expect(materialize(author.record)).toEqual(['"', 'a', 'x ', ['x']]);
  });

  test('a set without values is not visible, and taking out what is not seen is no op', () => {
    const author = new Author('a');
    expect(author.remove('x')).toBeNull();
    author.add('x');
    expect(isVisible(author.record)).toBe(true);
    author.remove('x');
    expect([isVisible(author.record), materialize(author.record)]).toEqual([false, undefined]);
  });
});

describe('what became of a tag', () => {
  const [FIRST, AGAIN, GONE, OTHER] = [1, 2, 3, 4].map((millis) =>
    encodeStamp({ millis, counter: 0, replica: 'a' as ReplicaId }),
  ) as [Stamp, Stamp, Stamp, Stamp];
  const id = { replica: 'a' as ReplicaId, seq: 1, map: 'm', key: 'k', value: 'x' };
  const add = { ...id, kind: 'add' as const, stamp: FIRST, tags: [] };
  const discard = { ...id, kind: 'discard' as const, stamp: GONE, tags: [FIRST] };

  test.each<[string, readonly [tag: Stamp, takenBy?: Stamp] | null, isLive: boolean, isRemoved: boolean]>([
    ['nothing is known of the value', null, false, false],
    ['it is there', [FIRST], true, false],
    ['the op took it away', [FIRST, GONE], false, true],
    ['another op took it away', [FIRST, OTHER], false, false],
    ['its replica has added the value again', [AGAIN], false, false],
    ['that later tag is what the op took away', [AGAIN, GONE], false, false],
  ])('CL-9: where %s', (_what, held, isLive, isRemoved) => {
    const fields = new Map(held === null ? [] : [['"x" a', { stamp: held[0], value: held[1] }]]);
    const record: LwwRecord = { existence: { stamp: FIRST, op: 'set' }, floor: '', fields, expiry: null };
    expect([isLiveTag(record, add), isRemovedBy(record, discard, FIRST)]).toEqual([isLive, isRemoved]);
    // Of another value, or of another replica's, it says nothing.
    expect(isLiveTag(record, { ...add, value: 'y' })).toBe(false);
    expect(isRemovedBy(record, { ...discard, value: 'y' }, FIRST)).toBe(false);
  });
});

describe('what is refused', () => {
  test('values that cannot be stored, at their place', () => {
    for (const plan of [planAdd(undefined, { a: Number.NaN }), planDiscard(undefined, { a: Number.NaN })]) {
      expect(plan).toMatchObject({ ok: false, error: { code: 'invalid-value', path: '$.a' } });
    }
  });

  test('more tags than a set may have, but not another of a value that is there', () => {
    const fields = new Map(
      Array.from({ length: MAX_SET_TAGS }, (_, i) => [`${i} a`, { stamp: '-------0---a' as Stamp, value: undefined }]),
    );
    const full: LwwRecord = {
      existence: { stamp: '-------0---a' as Stamp, op: 'set' },
      floor: '',
      fields,
      expiry: null,
    };
    expect(planAdd(full, 'more')).toMatchObject({ ok: false, error: { code: 'too-large' } });
    expect(planAdd(full, 7).ok).toBe(true);
    expect(planDiscard(full, 7).ok).toBe(true);
  });

  test('a register whose name is no value shows nothing', () => {
    const fields = new Map([
      ['not json a', { stamp: '-------0---a' as Stamp, value: undefined }],
      ['{"$bytes":7} a', { stamp: '-------0---a' as Stamp, value: undefined }],
    ]);
    expect(
      materialize({ existence: { stamp: '-------0---a' as Stamp, op: 'set' }, floor: '', fields, expiry: null }),
    ).toBeUndefined();
  });
});
