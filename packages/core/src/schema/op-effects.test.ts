import { describe, expect, test } from 'vitest';
import { applyDecided, isVisible, materialize, type LwwRecord, type Op } from '../crdt/index.js';
import { opIdAt } from '../crdt/small-ops.arbitrary.js';
import { isPlainObject, type Value } from '../primitives/index.js';
import { defineSchema } from './define-schema.js';
import { judgeOpEffect } from './judge-write.js';
import type { MapSchema } from './map-schema.js';
import { pairIssue, pairValidator, validatorOf } from './pair-schema.arbitrary.js';

// Every run of three ops of a small world, judged one by one as a server does: by what each makes of the record.

const idAt = (millis: number) => ({ ...opIdAt(millis, 'r.0'), key: 'k' });

type Make = (millis: number) => Op;
const fieldsOf = (content: Readonly<Record<string, Value | undefined>>) =>
  Object.entries(content).map(([name, value]) => ({ name, value }));
const create =
  (content: Readonly<Record<string, Value>>, restart = false): Make =>
  (at) => ({ ...idAt(at), kind: 'create', fields: fieldsOf(content), restart });
const patch =
  (content: Readonly<Record<string, Value | undefined>>): Make =>
  (at) => ({ ...idAt(at), kind: 'patch', fields: fieldsOf(content) });
const remove: Make = (at) => ({ ...idAt(at), kind: 'remove' });

/** Right and wrong ones, by themselves and together: `b` is at most as large as `a` is long. */
const RECORD_OPS: readonly (readonly [string, Make])[] = [
  ['create a', create({ a: 'x' })],
  ['create both', create({ a: 'xx', b: 2 })],
  ['create wrong', create({ a: 5 })],
  ['create nothing', create({})],
  ['restart a', create({ a: 'xxx' }, true)],
  ['b to 1', patch({ b: 1 })],
  ['b to 3', patch({ b: 3 })],
  ['b to text', patch({ b: 'x' })],
  ['a to one', patch({ a: 'x' })],
  ['a to three', patch({ a: 'xxx' })],
  ['a unset', patch({ a: undefined })],
  ['b unset', patch({ b: undefined })],
  ['remove', remove],
];

/** In the order they come, and with stamps of another. */
const STAMPS: readonly (readonly number[])[] = [
  [1, 2, 3],
  [2, 1, 3],
  [3, 2, 1],
  [1, 3, 2],
];

const shown = (record: LwwRecord | undefined): Value | undefined =>
  record !== undefined && isVisible(record) ? materialize(record) : undefined;

function* runs(length: number): Generator<readonly (readonly [string, Make])[]> {
  if (length === 0) return yield [];
  for (const run of runs(length - 1)) for (const op of RECORD_OPS) yield [...run, op];
}

/** Takes what is judged right; says what was refused, and what shows in the end. */
function serve(schema: MapSchema, run: readonly (readonly [string, Make])[], stamps: readonly number[]) {
  let record: LwwRecord | undefined;
  const refused: string[] = [];
  for (const [i, [what, make]] of run.entries()) {
    const op = make(stamps[i]!);
    const after = applyDecided(record, op);
    const issues = judgeOpEffect(schema, op, record, after);
    if (issues.length > 0) refused.push(what);
    else record = after;
  }
  return { refused, record };
}

describe('SC-4: ops of records', () => {
  const schema = defineSchema({ m: pairValidator }).of('m')!;

  test('leave nothing wrong that shows, in whatever order they come', () => {
    let served = 0;
    const wrong: string[] = [];
    for (const run of runs(3)) {
      for (const stamps of STAMPS) {
        const { record } = serve(schema, run, stamps);
        const value = shown(record);
        served += 1;
        if (value !== undefined && pairIssue(value) !== null)
          wrong.push(`${run.map(([what]) => what).join(', ')} at ${stamps.join()}: ${JSON.stringify(value)}`);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(served).toBe(RECORD_OPS.length ** 3 * STAMPS.length);
  });

  test('are refused by what they make, and not by what they are: each of these is taken after some others', () => {
    const taken = new Set<string>();
    const refused = new Set<string>();
    for (const run of runs(2)) {
      const said = serve(schema, run, [1, 2]).refused;
      for (const [what] of run) (said.includes(what) ? refused : taken).add(what);
    }
    const whole = RECORD_OPS.map(([what]) => what);
    expect(whole.filter((what) => !taken.has(what))).toEqual(['create wrong']);
    const harmless = ['create both', 'restart a', 'b to 1', 'a to three', 'b unset', 'remove'];
    expect(whole.filter((what) => !refused.has(what))).toEqual(harmless);
  });

  test('that change nothing are taken, whatever the record is', () => {
    for (const [, make] of RECORD_OPS) {
      const op = make(1);
      const record = applyDecided(undefined, op);
      expect(judgeOpEffect(schema, op, record, record)).toEqual([]);
    }
  });

  test('SC-5: of a record that was wrong before, field by field until it is right', () => {
    const wrong = applyDecided(undefined, create({ a: 5, b: 'x' })(1));
    const judge = (make: Make, before: LwwRecord) => {
      const op = make(2);
      return judgeOpEffect(schema, op, before, applyDecided(before, op)).map(({ field }) => field);
    };
    expect(judge(patch({ c: 1 }), wrong)).toEqual([]);
    expect(judge(patch({ b: 1 }), wrong)).toEqual([]);
    expect(judge(patch({ a: 6 }), wrong)).toEqual(['a']);
    // A validator that stops at the first thing it finds has not come to the other.
    expect(judge(patch({ a: 'xx' }), wrong)).toEqual(['b']);
    expect(judge(patch({ a: 'xx', b: 2 }), wrong)).toEqual([]);
  });

  test('SC-6: of what does not show, the fields that they name are judged as they would show', () => {
    const gone = applyDecided(applyDecided(undefined, create({ a: 'xx' })(1)), remove(2));
    const judge = (make: Make) => {
      const op = make(3);
      return judgeOpEffect(schema, op, gone, applyDecided(gone, op)).map(({ field }) => field);
    };
    expect([judge(patch({ a: 5 })), judge(patch({ a: 'x' })), judge(patch({ a: undefined })), judge(remove)]).toEqual([
      ['a'],
      [],
      [],
      [],
    ]);
  });
});

describe('SC-4: values of sets, and what counters come to', () => {
  const isShort = (value: Value): boolean => typeof value === 'string' && value.length < 3;
  const short = validatorOf((value) => (isShort(value as Value) ? { value } : { issues: [{ message: 'long' }] }));
  const VALUES: readonly Value[] = ['', 'ab', 'abc', 1, null, ['ab'], { a: 'ab' }, new Uint8Array(2)];

  test('a value is put in when it is right, and is always taken out', () => {
    const set = defineSchema({ m: { type: 'set', value: short } }).of('m')!;
    let record: LwwRecord | undefined;
    for (const [i, value] of VALUES.entries()) {
      const add: Op = { ...idAt(i + 1), kind: 'add', value, tags: [] };
      const after = applyDecided(record, add);
      expect(judgeOpEffect(set, add, record, after).length === 0).toBe(isShort(value));
      record = after;
    }
    for (const value of VALUES) {
      const discard: Op = { ...idAt(99), kind: 'discard', value, tags: [] };
      expect(judgeOpEffect(set, discard, record, applyDecided(record, discard))).toEqual([]);
    }
  });

  test('a count is taken when the sum is right by then, whatever it is itself', () => {
    const even = validatorOf((sum) =>
      (sum as number) >= 0 && (sum as number) <= 5 ? { value: sum } : { issues: [{ message: 'out' }] },
    );
    const counter = defineSchema({ m: { type: 'counter', value: even as never } }).of('m')!;
    for (const deltas of [1, -1, 5, 6, -5].flatMap((a) =>
      [1, -1, 5, -6].flatMap((b) => [-5, 2].map((c) => [a, b, c])),
    )) {
      let record: LwwRecord | undefined;
      let sum = 0;
      for (const [i, delta] of deltas.entries()) {
        const count: Op = { ...idAt(i + 1), kind: 'count', delta };
        const after = applyDecided(record, count);
        const isTaken = judgeOpEffect(counter, count, record, after).length === 0;
        expect([deltas, i, isTaken]).toEqual([deltas, i, sum + delta >= 0 && sum + delta <= 5]);
        if (!isTaken) continue;
        record = after;
        sum += delta;
      }
      expect(record === undefined ? 0 : materialize(record)).toBe(sum);
    }
  });

  test('what shows is said by whoever asks: a schema judges what it is shown', () => {
    const schema = defineSchema({ m: pairValidator }).of('m')!;
    const op = create({ a: 'x' })(1);
    const after = applyDecided(undefined, op);
    const asIs = judgeOpEffect(schema, op, undefined, after);
    const withMore = judgeOpEffect(schema, op, undefined, after, (record) => {
      const value = materialize(record);
      return isPlainObject(value) ? { ...value, b: 9 } : value;
    });
    expect([asIs.length, withMore.map(({ reason }) => reason)]).toEqual([0, ['both']]);
  });
});
