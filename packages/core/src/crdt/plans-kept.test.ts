import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '../clock/timestamp.js';
import { encodeStamp } from '../clock/stamp.js';
import { canonicalJson } from '../primitives/canonical-json.js';
import { sameValue } from '../primitives/same-value.js';
import type { Value } from '../primitives/value.js';
import { applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import type { Op, OpBody } from './op.js';
import { planPatch, planRemove, planSet, planUpdate } from './plan-write.js';
import { EMPTY_RECORD } from './record-merge.js';
import { choices, SMALL_OPS } from './small-ops.arbitrary.js';

// Every state that up to three small ops make, and every value written to it: what is planned and then merged shows as it was meant.

const STATES: readonly (LwwRecord | undefined)[] = [
  undefined,
  ...[0, 1, 2, 3]
    .flatMap((count) => [
      ...choices(
        SMALL_OPS.filter(({ key }) => key === 'x'),
        count,
      ),
    ])
    .map((ops) => ops.map((op): Op => op).reduce(applyOp, EMPTY_RECORD)),
];

const NEXT: readonly Value[] = [
  {},
  { f: 1 },
  { f: 4 },
  { g: 1 },
  { f: 1, g: null },
  { h: [1] },
  5,
  'x',
  null,
  [1],
  new Uint8Array([1]),
];

const id = { replica: 'c' as ReplicaId, seq: 1, map: 'm', key: 'x' };
const stamp = encodeStamp({ millis: 100, counter: 0, replica: id.replica });

/** The body as the op that the author issues, after all it has seen. */
const written = (record: LwwRecord | undefined, body: OpBody | null): LwwRecord | undefined => {
  if (body === null) return record;
  return applyOp(record ?? EMPTY_RECORD, { ...id, stamp, ...body } as Op);
};

const shows = (record: LwwRecord | undefined, value: Value): boolean => {
  const shown = materialize(record);
  return shown !== undefined && sameValue(shown, value);
};

describe('what is set', () => {
  test('CR-4: where a record shows it shows exactly that afterwards, and where it did before there is nothing to do', () => {
    const wrong: unknown[] = [];
    for (const state of STATES.filter(isVisible)) {
      for (const next of NEXT) {
        const plan = planSet(state, next);
        if (!plan.ok || !shows(written(state, plan.value.body), next)) wrong.push([state, next, plan]);
        else if ((plan.value.body === null) !== shows(state, next)) wrong.push([state, next, plan]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('CR-4, CR-5: where the removal is held it starts clean; where nothing is known, nothing that is there is lost', () => {
    const wrong: unknown[] = [];
    for (const state of STATES.filter((each) => !isVisible(each))) {
      for (const next of NEXT) {
        const plan = planSet(state, next);
        if (!plan.ok || plan.value.body?.kind !== 'create') {
          wrong.push([state, next, plan]);
          continue;
        }
        const isRemoved = state?.existence?.op === 'remove';
        const after = written(state, plan.value.body)!;
        if (plan.value.body.restart !== isRemoved || !isVisible(after)) wrong.push([state, next]);
        if (isRemoved && !shows(after, next)) wrong.push([state, next, materialize(after)]);
        for (const name of state?.fields.keys() ?? [])
          if (!isRemoved && !after.fields.has(name)) wrong.push([state, name]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('CR-4: writes no more fields than differ', () => {
    for (const state of STATES.filter(isVisible)) {
      const shown = materialize(state)!;
      for (const next of NEXT) {
        const plan = planSet(state, next);
        const fields = plan.ok && plan.value.body?.kind === 'patch' ? plan.value.body.fields : [];
        for (const { name, value } of fields) {
          const before = name === '' ? shown : (shown as Record<string, Value>)[name];
          expect(value !== undefined && before !== undefined && canonicalJson(value) === canonicalJson(before)).toBe(
            false,
          );
        }
      }
    }
  });

  test('CR-4: an update is a set of what the function makes of what shows', () => {
    for (const state of STATES) {
      for (const next of NEXT) {
        const seen: (Value | undefined)[] = [];
        const updated = planUpdate(state, (previous) => (seen.push(previous), next));
        const set = planSet(state, next);
        expect(updated.ok && set.ok && updated.value).toEqual(set.ok && set.value.body);
        expect(seen).toEqual([materialize(state)]);
      }
    }
  });
});

describe('what is patched and removed', () => {
  const PATCHES: readonly Readonly<Record<string, Value | undefined>>[] = [
    { f: 9 },
    { f: undefined },
    { f: 1, h: 2 },
    {},
  ];

  test('CR-4: a patch shows in the fields it names, leaves the others of an object, and is refused where nothing shows', () => {
    for (const state of STATES) {
      for (const patch of PATCHES) {
        const plan = planPatch(state, patch);
        expect(plan.ok).toBe(isVisible(state));
        if (!plan.ok) continue;
        const before = materialize(state);
        const isScalar = typeof before !== 'object';
        if (isScalar && plan.value === null) continue;
        const after = materialize(written(state, plan.value)) as Record<string, Value | undefined>;
        for (const [name, value] of Object.entries(patch)) expect(after[name]).toEqual(value);
        for (const [name, value] of Object.entries(isScalar ? {} : (before as object))) {
          if (!Object.hasOwn(patch, name)) expect(after[name]).toEqual(value);
        }
      }
    }
  });

  test('CR-5: after a removal nothing shows, and to remove it once more is nothing to do', () => {
    for (const state of STATES) {
      const plan = planRemove(state);
      const after = written(state, plan.ok ? plan.value : null);
      expect(materialize(after)).toBeUndefined();
      expect(planRemove(after)).toEqual({ ok: true, value: null });
    }
  });
});
