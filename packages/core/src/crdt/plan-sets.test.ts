import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import { applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import type { Op, OpBody } from './op.js';
import { isLiveTag, isRemovedBy, liveTags, MAX_SET_TAGS } from './or-set.js';
import { planAdd, planDiscard } from './plan-or-set.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';

// Two authors who write to one set by plans alone, all runs of four steps: what each does shows to it at once, and merged they agree.

const VALUES = ['v', 'w'] as const;

interface Author {
  readonly replica: ReplicaId;
  record: LwwRecord;
}

type Step = { readonly type: 'add' | 'discard'; readonly by: 0 | 1; readonly value: Value } | { readonly type: 'meet' };

const STEPS: readonly Step[] = [
  ...([0, 1] as const).flatMap((by) => [
    { type: 'add' as const, by, value: 'v' },
    { type: 'discard' as const, by, value: 'v' },
  ]),
  { type: 'add', by: 0, value: 'w' },
  { type: 'meet' },
];

function* runs(length: number): Generator<readonly Step[]> {
  if (length === 0) return yield [];
  for (const run of runs(length - 1)) for (const step of STEPS) yield [...run, step];
}

const holds = (record: LwwRecord, value: Value): boolean =>
  ((materialize(record) ?? []) as readonly Value[]).includes(value);

function write(author: Author, at: number, body: OpBody | null): Op | null {
  if (body === null) return null;
  const stamp = encodeStamp({ millis: at, counter: 0, replica: author.replica });
  const op = { replica: author.replica, seq: at, stamp, map: 'm', key: 'k', ...body } as Op;
  author.record = applyOp(author.record, op);
  return op;
}

describe('every run of four steps of two authors', () => {
  test('CR-6: an add shows, a discard hides, to who did it; meeting, both have the same', () => {
    const wrong: unknown[] = [];
    for (const run of runs(4)) {
      const authors = ['a', 'b'].map((name): Author => ({ replica: name as ReplicaId, record: EMPTY_RECORD }));
      for (const [at, step] of run.entries()) {
        if (step.type === 'meet') {
          const both = mergeRecords(authors[0]!.record, authors[1]!.record);
          for (const author of authors) author.record = both;
          continue;
        }
        const author = authors[step.by]!;
        const had = holds(author.record, step.value);
        const plan = step.type === 'add' ? planAdd(author.record, step.value) : planDiscard(author.record, step.value);
        const op = write(author, at + 1, plan.ok ? plan.value : null);
        if (holds(author.record, step.value) !== (step.type === 'add')) wrong.push([run, at]);
        // To discard what is not seen is nothing to do; to add what is there is an op.
        if ((op === null) !== (step.type === 'discard' && !had)) wrong.push([run, at]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('CR-6: an op names exactly the tags its author saw, and what became of each can be told from the state', () => {
    for (const run of runs(3)) {
      const authors = ['a', 'b'].map((name): Author => ({ replica: name as ReplicaId, record: EMPTY_RECORD }));
      for (const [at, step] of run.entries()) {
        if (step.type === 'meet') {
          const both = mergeRecords(authors[0]!.record, authors[1]!.record);
          for (const author of authors) author.record = both;
          continue;
        }
        const author = authors[step.by]!;
        const seen = liveTags(author.record, step.value);
        const plan = step.type === 'add' ? planAdd(author.record, step.value) : planDiscard(author.record, step.value);
        const op = write(author, at + 1, plan.ok ? plan.value : null);
        if (op?.kind === 'add') {
          expect(op.tags).toEqual(seen);
          expect(isLiveTag(author.record, op)).toBe(true);
          expect(liveTags(author.record, step.value)).toEqual([op.stamp]);
        } else if (op?.kind === 'discard') {
          expect(op.tags).toEqual(seen);
          for (const tag of seen) expect(isRemovedBy(author.record, op, tag)).toBe(true);
          expect(liveTags(author.record, step.value)).toEqual([]);
        }
      }
    }
  });

  test('CR-6: a set without values does not show', () => {
    for (const run of runs(3)) {
      const author: Author = { replica: 'a' as ReplicaId, record: EMPTY_RECORD };
      for (const [at, step] of run.entries()) {
        if (step.type === 'meet') continue;
        const plan = step.type === 'add' ? planAdd(author.record, step.value) : planDiscard(author.record, step.value);
        write(author, at + 1, plan.ok ? plan.value : null);
      }
      expect(isVisible(author.record)).toBe(VALUES.some((value) => holds(author.record, value)));
    }
  });
});

describe('what cannot be put into a set', () => {
  test.each<[unknown, string]>([
    [undefined, '$'],
    [Number.NaN, '$'],
    [{ a: [1n] }, '$.a[0]'],
    [[new Date(0)], '$[0]'],
  ])('CR-6: %o is a typed error that names the place, to add and to discard', (value, path) => {
    for (const plan of [planAdd(undefined, value), planDiscard(undefined, value)]) {
      expect(plan).toMatchObject({ ok: false, error: { code: 'invalid-value', path } });
    }
  });

  test('CR-6: beyond 4,096 tags, those taken away included, no new one; one that takes the place of another may come', () => {
    const fields = new Map(
      Array.from({ length: MAX_SET_TAGS }, (_, i) => [
        `${i} a`,
        { stamp: '-------1---a' as Stamp, value: i === 0 ? undefined : 'x' },
      ]),
    );
    const full: LwwRecord = {
      existence: { op: 'set', stamp: '-------1---a' as Stamp },
      floor: '',
      fields,
      expiry: null,
    };
    expect(planAdd(full, 'new')).toMatchObject({ ok: false, error: { code: 'too-large', path: '$' } });
    expect(planAdd(full, 0)).toMatchObject({ ok: true, value: { tags: ['-------1---a'] } });
    expect(planDiscard(full, 0)).toMatchObject({ ok: true });
  });
});
