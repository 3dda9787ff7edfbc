import type { StandardSchemaV1 } from '@standard-schema/spec';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpBody } from '../crdt/index.js';
import { isPlainObject, sameValue, type Value } from '../primitives/index.js';
import { completeValue, completeWrite } from './complete-write.js';
import { defineSchema } from './define-schema.js';
import { findIssues, lookAt } from './find-issues.js';
import { judgeWrite } from './judge-write.js';
import type { MapSchema } from './map-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import type { UnknownFields } from './schema-types.js';

type Fields = Record<string, Value>;

/**
 * Records of `text` (trimmed; needed), `rank` (a number; 1 where it is not there) and `note` (any text, or not there); what else there is goes. By hand, so
 * that what it means can be said again below.
 */
const validator: StandardSchemaV1 = validatorOf((given) => {
  if (!isPlainObject(given)) return { issues: [{ message: 'no record' }] };
  const { text, rank = 1, note } = given as Fields;
  if (typeof text !== 'string') return { issues: [{ message: 'text', path: ['text'] }] };
  if (typeof rank !== 'number') return { issues: [{ message: 'rank', path: ['rank'] }] };
  if (note !== undefined && typeof note !== 'string') return { issues: [{ message: 'note', path: [{ key: 'note' }] }] };
  return { value: { text: text.trim(), rank, ...(note !== undefined && { note }) } };
});

const KNOWN = ['text', 'rank', 'note'];
const UNKNOWN: readonly UnknownFields[] = ['strip', 'refuse', 'keep'];
const schemas = new Map(
  UNKNOWN.map((unknown) => [unknown, defineSchema({ m: { value: validator, unknown } }).of('m')!]),
);
const schemaOf = (unknown: UnknownFields): MapSchema => schemas.get(unknown)!;

const contents = fc.record(
  {
    text: fc.constantFrom<Value | undefined>('a', ' a ', '', 5, null, undefined),
    rank: fc.constantFrom<Value | undefined>(1, 2, 'x', undefined),
    note: fc.constantFrom<Value | undefined>('n', 7, undefined),
    odd: fc.constantFrom<Value | undefined>(1, undefined),
    ['__proto__' as string]: fc.constantFrom<Value | undefined>({ x: 1 }),
  },
  { requiredKeys: [] },
);
const set = (content: object): Fields => {
  const made: Fields = {};
  for (const [name, value] of Object.entries(content))
    if (value !== undefined)
      Object.defineProperty(made, name, {
        value: value as Value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  return made;
};
const records: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: contents.map(set) },
  { weight: 1, arbitrary: fc.constantFrom<Value>(1, 'text', [1], null) },
);
const unknowns = fc.constantFrom(...UNKNOWN);

/** SC-2, as it is written. */
function isRight(value: Value, unknown: UnknownFields): boolean {
  if (!isPlainObject(value)) return false;
  const { text, rank, note } = value as Fields;
  const isKnown = Object.keys(value).every((name) => KNOWN.includes(name));
  return (
    typeof text === 'string' &&
    text === text.trim() &&
    typeof rank === 'number' &&
    (note === undefined || typeof note === 'string') &&
    (unknown === 'keep' || isKnown)
  );
}

describe('SC-2: a value is right', () => {
  test('when the validator takes it and leaves it as it is, unknown fields apart where they are kept', () => {
    fc.assert(
      fc.property(records, unknowns, (value, unknown) => {
        const schema = schemaOf(unknown);
        const issues = findIssues(schema, value);
        expect(issues.length === 0).toBe(isRight(value, unknown));
        for (const { field, path, reason } of issues) {
          expect([field === null, reason.length > 0]).toEqual([path === '$', true]);
        }
        const { areRefused } = lookAt(schema, value);
        const answer = validator['~standard'].validate(structuredClone(value)) as StandardSchemaV1.Result<unknown>;
        expect(areRefused).toBe(answer.issues !== undefined);
      }),
      { numRuns: 400 },
    );
  });

  test('whatever it is, where nothing is said', () => {
    const counter = defineSchema({ m: { type: 'counter' } }).of('m')!;
    fc.assert(
      fc.property(records, (value) => {
        expect(findIssues(counter, value)).toEqual([]);
      }),
    );
  });
});

const bodies: fc.Arbitrary<OpBody> = fc.tuple(contents, fc.constantFrom('create', 'patch')).map(([content, kind]) => {
  const fields = Object.entries(content).map(([name, value]) => ({ name, value: value as Value | undefined }));
  return kind === 'create' ? { kind, fields, restart: false } : { kind: 'patch', fields };
});
const writes = fc.record({ body: bodies, before: fc.option(contents.map(set), { nil: undefined }), unknown: unknowns });

/** What shows after a write: the last of each field. */
function written(before: Fields | undefined, body: OpBody): Fields {
  if (body.kind !== 'create' && body.kind !== 'patch') throw new Error('no record');
  const after = new Map(body.kind === 'create' || before === undefined ? [] : Object.entries(before));
  for (const { name, value } of body.fields) {
    if (value === undefined) after.delete(name);
    else after.set(name, value);
  }
  return set(Object.fromEntries(after));
}

describe('SC-3: who writes', () => {
  test('stores of a new record what the validator makes of it, and of unknown fields what is said of them', () => {
    let stored = 0;
    fc.assert(
      fc.property(writes, ({ body, unknown }) => {
        fc.pre(body.kind === 'create');
        const schema = schemaOf(unknown);
        const completed = completeWrite(schema, undefined, body);
        const asked = written(undefined, body);
        const { text, rank = 1, note } = asked;
        const strangers = Object.entries(asked).filter(([name]) => !KNOWN.includes(name));
        const isTaken =
          typeof text === 'string' &&
          typeof rank === 'number' &&
          (note === undefined || typeof note === 'string') &&
          (unknown !== 'refuse' || strangers.length === 0);
        expect(completed.ok).toBe(isTaken);
        if (!completed.ok || completed.value === null) return;
        stored += 1;
        const expected = {
          text: (text as string).trim(),
          rank,
          ...(note !== undefined && { note }),
          ...(unknown === 'keep' && Object.fromEntries(strangers)),
        };
        expect(sameValue(written(undefined, completed.value), set(expected))).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(stored).toBeGreaterThan(50);
  });

  test('writes of an edit no field that it does not name, and nothing that is wrong where nothing was', () => {
    fc.assert(
      fc.property(writes, ({ body, before, unknown }) => {
        fc.pre(body.kind === 'patch');
        const schema = schemaOf(unknown);
        const completed = completeWrite(schema, before, body);
        if (!completed.ok) {
          expect(completed.error.length).toBeGreaterThan(0);
          return;
        }
        const { value } = completed;
        if (value === null || (value.kind !== 'create' && value.kind !== 'patch')) return;
        const named = 'fields' in body ? body.fields.map(({ name }) => name) : [];
        expect(value.fields.map(({ name }) => name).filter((name) => !named.includes(name))).toEqual([]);
        const after = written(before, value);
        const left = judgeWrite(schema, { before, after, fields: value.fields.map(({ name }) => name) });
        if (value.fields.length > 0 && unknown === 'keep') expect(left).toEqual([]);
        if (before !== undefined && isRight(before, unknown) && unknown !== 'strip')
          expect(isRight(after, unknown)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('does so once: what is stored is stored as it is when it is written again', () => {
    fc.assert(
      fc.property(writes, ({ body, before, unknown }) => {
        const schema = schemaOf(unknown);
        const shown = body.kind === 'create' ? undefined : before;
        const once = completeWrite(schema, shown, body);
        if (!once.ok || once.value === null) return;
        expect(completeWrite(schema, shown, once.value)).toEqual(once);
      }),
      { numRuns: 400 },
    );
  });

  test('does not change what it is given', () => {
    fc.assert(
      fc.property(writes, ({ body, before, unknown }) => {
        const [bodyText, beforeText] = [JSON.stringify(body), JSON.stringify(before)];
        completeWrite(schemaOf(unknown), before, body);
        expect([JSON.stringify(body), JSON.stringify(before)]).toEqual([bodyText, beforeText]);
      }),
    );
  });
});

describe('SC-5: what was wrong before', () => {
  test('is not the doing of a write that names other fields; what it names has to be right', () => {
    fc.assert(
      fc.property(records, contents, unknowns, (before, content, unknown) => {
        fc.pre(isPlainObject(before));
        const after = set({ ...(before as Fields), ...content });
        const fields = Object.keys(content);
        const issues = judgeWrite(schemaOf(unknown), { before, after, fields });
        if (isRight(after, unknown)) expect(issues).toEqual([]);
        if (sameValue(before, after) && fields.length === 0) expect(issues).toEqual([]);
        const found = findIssues(schemaOf(unknown), after);
        expect(
          issues.every((issue) => found.some(({ path, reason }) => path === issue.path && reason === issue.reason)),
        ).toBe(true);
        for (const issue of found)
          if (issue.field !== null && fields.includes(issue.field)) expect(issues).toContainEqual(issue);
        expect(judgeWrite(schemaOf(unknown), { before: undefined, after, fields })).toEqual(found);
      }),
      { numRuns: 400 },
    );
  });
});

describe('SC-4: a value of a set', () => {
  const tags = defineSchema({ m: { type: 'set', value: validator } }).of('m')!;

  test('is stored as the validator makes it, or not at all', () => {
    fc.assert(
      fc.property(records, (value) => {
        const made = completeValue(tags, value);
        if (made.ok) {
          expect(findIssues(tags, made.value)).toEqual([]);
          expect(completeValue(tags, made.value)).toEqual(made);
        }
        const body: OpBody = { kind: 'add', value, tags: [] };
        expect(completeWrite(tags, undefined, body).ok).toBe(isRight(value, 'strip'));
        expect(completeWrite(tags, undefined, { ...body, kind: 'discard' })).toEqual({
          ok: true,
          value: { ...body, kind: 'discard' },
        });
      }),
    );
  });
});
