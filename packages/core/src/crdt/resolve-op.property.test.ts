import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import { nextStamp } from '../clock/hlc.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { sameValue } from '../primitives/same-value.js';
import type { Value } from '../primitives/value.js';
import { applyOp } from './apply-op.js';
import type { MapResolvers } from './define-resolvers.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import type { Op } from './op.js';
import { previewWrite } from './preview-write.js';
import { EMPTY_RECORD } from './record-merge.js';
import { resolveOp } from './resolve-op.js';
import { custom, firstWriteWins, immutable, max, min, union, type Resolver } from './resolver.js';

const FIELDS: Readonly<Record<string, Resolver>> = { top: max, low: min, tags: union };
const RESOLVERS: MapResolvers = { fields: FIELDS };
const RESOLVER = '.resolvers' as ReplicaId;

const opOf = (
  kind: 'create' | 'patch',
  at: number,
  author: number,
  fields: Readonly<Record<string, Value | undefined>>,
): Op => {
  const replica = `r.${author}` as ReplicaId;
  const stamp = encodeStamp({ millis: at, counter: 0, replica });
  const writes = Object.entries(fields).map(([name, value]) => ({ name, value }));
  const id = { replica, seq: 1, stamp, map: 'm', key: 'k', fields: writes };
  return kind === 'patch' ? { ...id, kind } : { ...id, kind, restart: false };
};

/** A server, as plain as can be: what it holds after an op. `null`: refused. */
function take(record: LwwRecord, op: Op, resolvers = RESOLVERS): LwwRecord | null {
  const resolved = resolveOp(resolvers, record, op);
  if (resolved.type === 'refused') return null;
  if (resolved.type === 'as-sent') return applyOp(record, op);
  const taken = applyOp(record, resolved.op);
  if (resolved.raised === null) return taken;
  const { fields, after } = resolved.raised;
  const stamp = nextStamp(after, 0, RESOLVER);
  return applyOp(taken, { kind: 'patch', replica: RESOLVER, seq: 1, stamp, map: 'm', key: 'k', fields });
}

const writes = fc.array(
  fc.record({
    at: fc.nat(9),
    isCreate: fc.boolean(),
    fields: fc.dictionary(
      fc.constantFrom('top', 'low', 'tags', 'plain'),
      fc.oneof(fc.nat(5), fc.array(fc.nat(3), { maxLength: 2 }), fc.constant(undefined)),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

test('RS-3: fields with merge laws hold the merge of all that was written, in whatever order it arrives; others the latest', () => {
  fc.assert(
    fc.property(writes, fc.infiniteStream(fc.nat()), (all, picks) => {
      const first = opOf('create', 5, 99, { top: 2, low: 2, tags: [9], plain: 0 });
      const ops = all.map(({ at, isCreate, fields }, i) => opOf(isCreate ? 'create' : 'patch', at, i, fields));
      const shuffled = ops
        .map((op) => [picks.next().value as number, op] as const)
        .sort(([a], [b]) => a - b)
        .map(([, op]) => op);
      const arrive = (order: readonly Op[]) =>
        order.reduce((record, op) => take(record, op)!, take(EMPTY_RECORD, first)!);
      const [one, other] = [arrive(ops), arrive(shuffled)];
      expect(sameValue(materialize(one)!, materialize(other)!)).toBe(true);
      // By definition, which knows nothing of stamps.
      const shown = materialize(one) as Record<string, Value>;
      for (const [name, resolver] of Object.entries(FIELDS)) {
        const written = [first, ...ops].flatMap((op) =>
          'fields' in op
            ? op.fields.flatMap((field) => (field.name === name && field.value !== undefined ? [field.value] : []))
            : [],
        );
        const merged = written.reduce((a, b) => {
          const resolution = resolver.resolve(a, b);
          return resolution.type === 'value' ? resolution.value : a;
        });
        expect(shown[name]).toEqual(merged);
      }
      // Delivered once more, nothing changes of what shows.
      expect(sameValue(materialize([...ops, ...shuffled].reduce((record, op) => take(record, op)!, one))!, shown)).toBe(
        true,
      );
    }),
    { numRuns: 500 },
  );
});

test('RS-3: where nothing has a resolver or a value, an op is taken as it was sent', () => {
  const record = applyOp(EMPTY_RECORD, opOf('create', 5, 0, { plain: 1 }));
  expect(resolveOp(RESOLVERS, record, opOf('patch', 6, 1, { plain: 2, top: 3 }))).toEqual({ type: 'as-sent' });
  expect(resolveOp(RESOLVERS, undefined, opOf('create', 6, 1, { top: 3 }))).toEqual({ type: 'as-sent' });
  expect(resolveOp(RESOLVERS, record, { ...opOf('patch', 6, 1, {}), kind: 'remove' } as Op)).toEqual({
    type: 'as-sent',
  });
});

test('RS-3: a removed record that is made again knows nothing of what it held', () => {
  const old = applyOp(EMPTY_RECORD, opOf('create', 5, 0, { top: 9 }));
  const removed = applyOp(old, { ...opOf('patch', 6, 0, {}), kind: 'remove' } as Op);
  const again = take(removed, { ...opOf('create', 7, 0, { top: 1 }), restart: true } as Op)!;
  expect(materialize(again)).toEqual({ top: 1 });
  // And so does one that is begun anew in one step.
  expect(materialize(take(old, { ...opOf('create', 7, 0, { top: 1 }), restart: true } as Op)!)).toEqual({ top: 1 });
});

test('RS-4: firstWriteWins leaves what is there, immutable refuses what would change it', () => {
  const resolvers: MapResolvers = { fields: { owner: firstWriteWins, by: immutable } };
  const record = applyOp(EMPTY_RECORD, opOf('create', 5, 0, { owner: 'a', by: 'x' }));
  expect(materialize(take(record, opOf('patch', 6, 1, { owner: 'b', by: 'x', n: 1 }), resolvers)!)).toEqual({
    owner: 'a',
    by: 'x',
    n: 1,
  });
  // An earlier edit that comes later is later: the server's order counts.
  expect(materialize(take(record, opOf('patch', 4, 1, { owner: 'b' }), resolvers)!)).toEqual({ owner: 'a', by: 'x' });
  expect(take(record, opOf('patch', 6, 1, { by: 'y' }), resolvers)).toBeNull();
  // Neither is unset by itself.
  expect(materialize(take(record, opOf('patch', 6, 1, { owner: undefined, by: undefined }), resolvers)!)).toEqual({
    owner: 'a',
    by: 'x',
  });
});

test('RS-3: a resolver of records is told of both as wholes, and what it makes of them is held', () => {
  const longer = custom<{ n: number; text?: string }>('longer', (a, b) => (b.n > a.n ? b : a));
  const record = applyOp(EMPTY_RECORD, opOf('create', 5, 0, { n: 2, text: 'two' }));
  const shown = (op: Op, resolver: Resolver) => {
    const taken = take(record, op, { record: resolver });
    return taken === null ? null : materialize(taken);
  };
  expect(shown(opOf('patch', 6, 1, { n: 3, text: undefined }), longer)).toEqual({ n: 3 });
  expect(shown(opOf('patch', 4, 1, { n: 3 }), longer)).toEqual({ n: 3, text: 'two' });
  expect(shown(opOf('patch', 6, 1, { n: 1 }), longer)).toEqual({ n: 2, text: 'two' });
  expect(shown(opOf('create', 6, 1, { n: 9 }), immutable)).toBeNull();
  expect(shown(opOf('create', 6, 1, { n: 2, text: 'two' }), immutable)).toEqual({ n: 2, text: 'two' });
  expect(shown(opOf('create', 6, 1, { n: 9 }), firstWriteWins)).toEqual({ n: 2, text: 'two' });
});

test('RS-5: a device shows beforehand what the server makes of a write to what it holds', () => {
  fc.assert(
    fc.property(writes, (all) => {
      let record = applyOp(EMPTY_RECORD, opOf('create', 0, 99, { top: 2, low: 2, tags: [9], plain: 0 }));
      for (const [i, { fields }] of all.entries()) {
        const op = opOf('patch', i + 1, i, fields);
        if (op.kind !== 'patch') continue;
        const body = previewWrite(RESOLVERS, materialize(record), { kind: 'patch', fields: op.fields });
        const previewed =
          body === null || body.kind !== 'patch' ? record : applyOp(record, { ...op, fields: body.fields });
        record = take(record, op)!;
        expect(sameValue(materialize(previewed)!, materialize(record)!)).toBe(true);
      }
    }),
  );
});

test('RS-5: of a write that changes nothing there is none, and one that is refused is written as it is', () => {
  const shown = { top: 5, by: 'x' };
  const resolvers: MapResolvers = { fields: { top: max, by: immutable } };
  const patch = (fields: Readonly<Record<string, Value>>) => ({
    kind: 'patch' as const,
    fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  });
  expect(previewWrite(resolvers, shown, patch({ top: 4 }))).toBeNull();
  expect(previewWrite(resolvers, shown, { ...patch({ top: 4 }), ttlMs: 5 })).toEqual({
    kind: 'patch',
    fields: [],
    ttlMs: 5,
  });
  expect(previewWrite(resolvers, shown, patch({ by: 'y', top: 4 }))).toEqual(patch({ by: 'y', top: 4 }));
  expect(previewWrite(resolvers, undefined, patch({ top: 4 }))).toEqual(patch({ top: 4 }));
  expect(previewWrite({ record: immutable }, shown, patch({ top: 5 }))).toBeNull();
});
