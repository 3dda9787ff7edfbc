import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDecided, isVisible, materialize, type LwwRecord, type Op } from '../crdt/index.js';
import { opIdAt } from '../crdt/small-ops.arbitrary.js';
import { isPlainObject, type Value } from '../primitives/index.js';
import { compilePredicate } from '../query/index.js';
import { changedFields } from './changed-fields.js';
import { effectOf } from './effect.js';
import { defineRules, seenValue, visibilityOf } from './index.js';
import { claimsOf, smallRules, toInput, USERS } from './small-rules.arbitrary.js';

const idAt = (millis: number) => ({ ...opIdAt(millis, 'r.0'), key: 'k' });

type Content = { readonly [field: string]: Value | undefined };
const contents: fc.Arbitrary<Content> = fc.record(
  {
    owner: fc.constantFrom<Value | undefined>(...USERS, undefined),
    open: fc.constantFrom<Value | undefined>(true, false, undefined),
    pay: fc.constantFrom<Value | undefined>(0, 1, undefined),
  },
  { requiredKeys: [] },
);

type Step = (millis: number) => Op;
const fieldsOf = (content: Content) => Object.entries(content).map(([name, value]) => ({ name, value }));
const steps: fc.Arbitrary<Step> = fc.oneof(
  contents.map((content): Step => (at) => ({ ...idAt(at), kind: 'create', fields: fieldsOf(content), restart: false })),
  contents.map((content): Step => (at) => ({ ...idAt(at), kind: 'patch', fields: fieldsOf(content) })),
  fc.constant<Step>((at) => ({ ...idAt(at), kind: 'remove' })),
);
const scalars: fc.Arbitrary<readonly Step[]> = fc.constantFrom<readonly Step[]>(
  [(at) => ({ ...idAt(at), kind: 'create', fields: [{ name: '', value: 'text' }], restart: false })],
  [(at) => ({ ...idAt(at), kind: 'add', value: 'x', tags: [] })],
  [(at) => ({ ...idAt(at), kind: 'count', delta: 2 })],
);

/** Records, removed ones, parts of ones, single values, sets and counters. */
const records: fc.Arbitrary<LwwRecord> = fc
  .oneof({ weight: 4, arbitrary: fc.array(steps, { minLength: 1, maxLength: 4 }) }, { weight: 1, arbitrary: scalars })
  .map((list: readonly Step[]) => {
    let record: LwwRecord = applyDecided(undefined, list[0]!(1));
    list.slice(1).forEach((step, i) => (record = applyDecided(record, step(i + 2))));
    return record;
  });

const cases = fc.record({ rules: smallRules, claims: claimsOf, record: records });
const shown = (record: LwwRecord | undefined): Value | undefined =>
  record !== undefined && isVisible(record) ? materialize(record) : undefined;

describe('RU-5: what is seen of a map', () => {
  test('is of each record what its rules grant, said one after another', () => {
    let hidden = 0;
    fc.assert(
      fc.property(cases, ({ rules, claims, record }) => {
        const access = defineRules({ m: toInput(rules) })
          .for(claims)
          .of('m');
        const value = shown(record);
        const reads = rules.payRead.means(claims, {});
        const isGranted = value !== undefined && rules.read.means(claims, value);
        const expected =
          !isGranted || reads || !isPlainObject(value)
            ? isGranted
              ? value
              : undefined
            : Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'pay'));
        const visibility = visibilityOf(access, 'm');
        if (visibility === null) {
          expect(expected).toEqual(value);
          return;
        }
        const seen = visibility.see('k', record);
        expect(shown(seen)).toEqual(expected);
        if (value !== undefined) expect(seenValue(access, 'm', 'k', value)).toEqual(expected);
        if (seen !== undefined && seen !== record) {
          hidden += 1;
          expect([seen.existence, seen.floor, seen.expiry]).toEqual([record.existence, record.floor, record.expiry]);
          expect([...record.fields.keys()].filter((name) => !seen.fields.has(name))).toEqual(['pay']);
        }
        // The same object every time: what is derived from it need not be made again.
        expect(visibility.see('k', record)).toBe(seen);
        if (seen !== undefined && visibility.where !== null)
          expect(compilePredicate(visibility.where)('k', value!)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(hidden).toBeGreaterThan(10);
  });

  test('is the same for all whose visibility has one key', () => {
    const pairs = fc.record({
      rules: fc.array(smallRules, { minLength: 2, maxLength: 2 }),
      claims: fc.array(claimsOf, { minLength: 2, maxLength: 2 }),
      list: fc.array(records, { minLength: 1, maxLength: 5 }),
    });
    let same = 0;
    fc.assert(
      fc.property(pairs, ({ rules, claims, list }) => {
        const [a, b] = rules.map((each, i) =>
          visibilityOf(
            defineRules({ m: toInput(each) })
              .for(claims[i]!)
              .of('m'),
            'm',
          ),
        );
        if (!a || !b || a.key !== b.key) return;
        same += 1;
        for (const record of list) expect(shown(a.see('k', record))).toEqual(shown(b.see('k', record)));
      }),
      { numRuns: 800 },
    );
    expect(same).toBeGreaterThan(20);
  });

  test('asks a function of each record once, so that it says one thing of it', () => {
    let asked = 0;
    const access = defineRules({ m: { read: { check: () => (asked += 1) % 2 === 1 } } })
      .for({})
      .of('m');
    const record = applyDecided(undefined, { ...idAt(1), kind: 'create', fields: [], restart: false });
    const visibility = visibilityOf(access, 'm')!;
    expect([1, 2, 3].map(() => visibility.see('k', record))).toEqual([record, record, record]);
    expect(asked).toBe(1);
    expect(visibility.see('k', { ...record })).toBeUndefined();
  });
});

describe('RU-3: the effect of an op', () => {
  test('is what shows before and after, the fields it names, and whether life, end or anything else is new', () => {
    fc.assert(
      fc.property(fc.option(records, { nil: undefined }), steps, fc.integer({ min: 0, max: 9 }), (before, step, at) => {
        const op = step(at);
        const after = applyDecided(before, op);
        const effect = effectOf(op, before, after);
        expect(effect).toEqual({
          map: 'm',
          key: 'k',
          kind: op.kind,
          before: shown(before),
          after: shown(after),
          fields: 'fields' in op ? op.fields.map(({ name }) => name) : [],
          raisesFloor: before === undefined ? after.floor !== '' : after.floor > before.floor,
          setsExpiry: (before?.expiry?.at ?? null) !== (after.expiry?.at ?? null),
          changes: JSON.stringify(flat(before)) !== JSON.stringify(flat(after)),
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('CR-4: what differs is what a write would name: written over what was, it makes what is, and nothing of it is idle', () => {
    const values = fc.oneof(
      contents.map((content) => Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined))),
    ) as fc.Arbitrary<Record<string, Value>>;
    fc.assert(
      fc.property(fc.option(values, { nil: undefined }), values, (before, after) => {
        const names = changedFields(before, after);
        const write = (skipped?: string): Record<string, Value> => {
          const made: Record<string, Value> = { ...before };
          for (const name of names) {
            if (name === skipped) continue;
            if (Object.hasOwn(after, name)) made[name] = after[name]!;
            else delete made[name];
          }
          return made;
        };
        expect(write()).toEqual(after);
        for (const name of names) expect(write(name)).not.toEqual(after);
      }),
    );
    for (const [before, after] of [
      [1, { a: 1 }],
      [{ a: 1 }, 1],
      [1, 2],
      [undefined, 'x'],
      [[1], ['x']],
    ] as [Value | undefined, Value][])
      expect(changedFields(before, after)).toEqual(['']);
  });
});

const flat = (record: LwwRecord | undefined): unknown =>
  record === undefined ? null : [record.existence, record.floor, [...record.fields].sort(), record.expiry];
