import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp, type ReplicaId } from '../clock/index.js';
import {
  applyDecided,
  EMPTY_RECORD,
  isVisible,
  materialize,
  type LwwRecord,
  type Op,
  type RecordOp,
} from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import {
  defineRules,
  effectOf,
  judgeEffect,
  judgeRecordEffect,
  recordEffectOf,
  type AccessRefusal,
  type Claims,
} from './index.js';
import { claimsOf, GRANTS, smallRules, toInput, USERS, type SmallRules } from './small-rules.arbitrary.js';

const fields = fc.uniqueArray(
  fc.oneof(
    fc.record({ name: fc.constant('owner'), value: fc.constantFrom<Value | undefined>(...USERS, undefined) }),
    fc.record({ name: fc.constant('open'), value: fc.boolean() }),
    fc.record({ name: fc.constant('pay'), value: fc.constantFrom<Value | undefined>(1, 2, undefined) }),
    fc.record({ name: fc.constant(''), value: fc.constantFrom<Value>(1) }),
  ),
  { maxLength: 3, selector: ({ name }) => name },
);

/** Ops of one record: times that meet and pass each other, ends, and lives begun anew. */
const ops: fc.Arbitrary<readonly RecordOp[]> = fc.array(
  fc
    .record({
      millis: fc.integer({ min: 1, max: 9 }),
      fields,
      restart: fc.boolean(),
      end: fc.constantFrom('none', 'set', 'clear'),
    })
    .chain(({ millis, end, ...body }) => {
      const replica = 'r.0' as ReplicaId;
      const id = { replica, seq: 1, stamp: encodeStamp({ millis, counter: 0, replica }), map: 'm', key: 'k' };
      const expiry = end === 'none' ? {} : { expiresAt: end === 'set' ? 90 : null };
      return fc.constantFrom<RecordOp>(
        { ...id, kind: 'create', ...body, ...expiry },
        { ...id, kind: 'patch', fields: body.fields, ...expiry },
        { ...id, kind: 'remove' },
      );
    }),
  { minLength: 1, maxLength: 6 },
);

interface Case {
  readonly rules: SmallRules;
  readonly claims: Claims;
  readonly before: LwwRecord | undefined;
  readonly op: RecordOp;
  readonly after: LwwRecord;
}

const cases: fc.Arbitrary<Case> = fc
  .record({ rules: smallRules, claims: claimsOf, ops })
  .map(({ ops: list, ...rest }) => {
    const [op, ...earlier] = [...list].reverse() as [RecordOp, ...RecordOp[]];
    const before = earlier.length === 0 ? undefined : earlier.reduceRight<LwwRecord>(applyDecided, EMPTY_RECORD);
    return { ...rest, before, op, after: applyDecided(before, op) };
  });

const shown = (record: LwwRecord | undefined): Value | undefined =>
  record !== undefined && isVisible(record) ? materialize(record) : undefined;

/** The server judges records, a device what shows of them: both say the same. */
function judge({ rules, claims, before, op, after }: Case): AccessRefusal | null {
  const access = defineRules({ m: toInput(rules) })
    .for(claims)
    .of('m');
  const said = judgeRecordEffect(access, recordEffectOf(op, before, after), materialize);
  expect(judgeEffect(access, effectOf(op, before, after))).toEqual(said);
  return said;
}

/** PI-9 as it is written, one sentence after another, and without the judge's parts. */
function naive({ rules, claims, before, op, after }: Case): boolean {
  const [was, is] = [shown(before), shown(after)];
  const may = (name: keyof SmallRules, record: Value): boolean => rules[name].means(claims, record);
  const canEver = (name: keyof SmallRules): boolean =>
    USERS.length > 0 && [{}, { owner: 'ann' }, { owner: 'bob' }, { open: true }, 1].some((record) => may(name, record));
  const names = op.kind === 'remove' ? [] : op.fields.map(({ name }) => name);
  const writesPay = names.includes('pay') || names.includes('');
  const end = (record: LwwRecord | undefined): number | null => record?.expiry?.at ?? null;
  const newEnd = end(before) !== end(after);
  if (was === undefined && is === undefined) {
    if (op.kind === 'patch' && before !== after)
      return (
        (rules.update.name === 'always' && rules.payWrite.name === 'always') ||
        (isHr(claims) && ['always', 'hr'].includes(rules.update.name) && ['always', 'hr'].includes(rules.payWrite.name))
      );
    return canEver(op.kind === 'create' ? 'create' : op.kind === 'remove' ? 'remove' : 'update');
  }
  if (is === undefined) return may('remove', was!);
  if (was === undefined) {
    if (!may('create', is)) return false;
    if (newEnd && !may('remove', is)) return false;
    return !writesPay || may('payWrite', is);
  }
  if (op.kind === 'remove') return may('remove', was);
  if (!may('update', was) || !may('update', is)) return false;
  const restarts = after.floor > (before?.floor ?? '');
  if ((restarts || newEnd) && !may('remove', was)) return false;
  return !writesPay || (may('payWrite', was) && may('payWrite', is));
}

const isHr = (claims: Claims): boolean => claims['role'] === 'hr';
const runs = { numRuns: 3_000 };

describe('RU-3: an op is judged by its effect', () => {
  test('as the rules say it one after another', () => {
    fc.assert(
      fc.property(cases, (each) => {
        expect(judge(each) === null).toBe(naive(each));
      }),
      runs,
    );
  });

  test('a grant more never takes one away', () => {
    const widened = fc.record({ each: cases, name: fc.constantFrom('create', 'update', 'remove', 'payWrite') });
    fc.assert(
      fc.property(widened, ({ each, name }) => {
        const more = { ...each, rules: { ...each.rules, [name]: GRANTS[1] } } as Case;
        if (judge(each) === null) expect(judge(more)).toBeNull();
      }),
      runs,
    );
  });

  test('what no rule grants is refused, whoever asks', () => {
    const none = Object.fromEntries(
      ['read', 'create', 'update', 'remove', 'payRead', 'payWrite'].map((name) => [name, GRANTS[0]]),
    );
    fc.assert(
      fc.property(cases, ({ op, before, after, claims }) => {
        const effect = effectOf(op, before, after);
        expect(judge({ rules: none as unknown as SmallRules, op, before, after, claims })).not.toBeNull();
        expect(judgeEffect(defineRules({}).for(claims).of('m'), effect)).not.toBeNull();
        expect(
          judgeEffect(
            defineRules({ other: { update: true, create: true } })
              .for(claims)
              .of('m'),
            effect,
          ),
        ).not.toBeNull();
      }),
      runs,
    );
  });
});

describe('RU-4: of a record that its author may not read, a refusal says', () => {
  test('what it would say if there were none', () => {
    let compared = 0;
    fc.assert(
      fc.property(cases, (each) => {
        const { rules, claims, before, op } = each;
        const was = shown(before);
        const refused = judge(each);
        if (refused === null || was === undefined || rules.read.means(claims, was)) return;
        const absent = { ...each, before: undefined, after: applyDecided(undefined, op) };
        if (op.kind === 'patch' || op.kind === 'remove') {
          compared += 1;
          // Whoever has no rule to meet at all is told by the pipeline, in these words.
          const said = judge(absent) ?? { code: 'record-absent', reason: 'There is no record "k" in m to change.' };
          expect(refused).toEqual(said);
        } else expect(refused).toEqual({ code: 'not-permitted', reason: 'The rule create of m does not permit this.' });
      }),
      runs,
    );
    expect(compared).toBeGreaterThan(20);
  });
});

const id = { replica: 'r.0' as ReplicaId, seq: 1, map: 'm', key: 'k' };
const at = (millis: number) => encodeStamp({ millis, counter: 0, replica: id.replica });

describe('RU-3: in particular', () => {
  const own = { where: { owner: 'ann' } };
  const create = (millis: number, owner: string, restart = false): Op => ({
    ...id,
    kind: 'create',
    stamp: at(millis),
    fields: [{ name: 'owner', value: owner }],
    restart,
  });
  const live = applyDecided(undefined, create(1, 'ann'));
  const say = (rules: object, before: LwwRecord | undefined, op: Op) =>
    judgeEffect(
      defineRules({ m: { read: true, ...rules } })
        .for({})
        .of('m'),
      effectOf(op, before, applyDecided(before, op)),
    )?.reason ?? 'granted';

  test('a create of a live record is an update', () => {
    expect(say({ create: true }, live, create(2, 'ann'))).toContain('The rule update');
    expect(say({ update: true }, live, create(2, 'ann'))).toBe('granted');
    expect(say({ update: true }, undefined, create(2, 'ann'))).toContain('The rule create');
  });

  test('one that begins a live record anew needs remove', () => {
    expect(say({ create: true, update: true }, live, create(2, 'ann', true))).toContain('The rule remove');
    expect(say({ update: true, remove: own }, live, create(2, 'ann', true))).toBe('granted');
  });

  test('a time to live needs remove', () => {
    const ending: Op = { ...id, kind: 'patch', stamp: at(2), fields: [], expiresAt: 5 };
    expect(say({ update: true }, live, ending)).toContain('The rule remove');
    expect(say({ update: true, remove: own }, live, ending)).toBe('granted');
  });

  test('nobody gives a record away, or takes one', () => {
    const give: Op = { ...id, kind: 'patch', stamp: at(2), fields: [{ name: 'owner', value: 'bob' }] };
    expect(say({ update: own }, live, give)).toContain('The rule update');
    const others = applyDecided(undefined, create(1, 'bob'));
    expect(say({ update: own }, others, { ...give, fields: [{ name: 'owner', value: 'ann' }] })).toContain(
      'The rule update',
    );
  });

  test('a set and a counter are made, changed and emptied as records are', () => {
    const add: Op = { ...id, kind: 'add', stamp: at(1), value: 'x', tags: [] };
    const count: Op = { ...id, kind: 'count', stamp: at(1), delta: 1 };
    for (const op of [add, count]) {
      expect(say({ update: true }, undefined, op)).toContain('The rule create');
      expect(say({ create: true }, undefined, op)).toBe('granted');
      const held = applyDecided(undefined, op);
      expect(say({ create: true }, held, { ...op, seq: 2, stamp: at(2) })).toContain('The rule update');
    }
  });
});
