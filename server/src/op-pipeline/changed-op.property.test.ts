import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import {
  applyOp,
  EMPTY_RECORD,
  mergeRecords,
  opToRecord,
  sameRecord,
  type FieldWrite,
  type Op,
} from '@topgun/core/crdt';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSupersededByChange, storedOtherwise } from './changed-op.js';

const fields = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('x', 'y', '__proto__'), value: fc.constantFrom(undefined, 1, 2) }),
  { maxLength: 3, selector: ({ name }) => name },
);
const kinds = fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'remove' as const);
/** What each writes, what a hook left of that, and in which order they are decided. */
const writes = fc.array(
  fc.record({
    kind: kinds,
    sent: fields,
    stored: fc.option(fields),
    at: fc.nat(9),
    ends: fc.constantFrom(undefined, null, 5),
  }),
  { minLength: 1, maxLength: 6 },
);

const opOf = (
  seq: number,
  at: number,
  kind: 'create' | 'restart' | 'patch' | 'remove',
  written: readonly FieldWrite[],
): Op => {
  const replica = `r.${seq}` as ReplicaId;
  const id = { replica, seq: 1, stamp: encodeStamp({ millis: at, counter: 0, replica }), map: 'm', key: 'k' };
  if (kind === 'remove') return { ...id, kind };
  if (kind === 'patch') return { ...id, kind, fields: written };
  return { ...id, kind: 'create', fields: written, restart: kind === 'restart' };
};

test('HK-3, PI-11: an author that takes what it is told once more in the place of what it sent holds nothing that the server does not', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const ops = all.map(({ kind, sent, stored, at, ends }, seq) => {
        // Of an unset field that the record lacks nobody can tell whether it was forgotten (below), or dropped, which comes to the same.
        const set = sent.filter(({ value }) => value !== undefined);
        const op = opOf(seq, at, kind, stored === null ? sent : set);
        const isPatched = op.kind === 'create' || op.kind === 'patch';
        const ended = isPatched && ends !== undefined ? { ...op, expiresAt: ends } : op;
        return { sent: ended, stored: isPatched && stored !== null ? { ...ended, fields: stored } : ended };
      });
      const record = ops.reduce((before, { stored }) => applyOp(before, stored as Op), EMPTY_RECORD);
      for (const { sent, stored } of ops) {
        const told = storedOtherwise(record, sent as Op) ?? (sent as Op);
        expect(sameRecord(mergeRecords(record, opToRecord(told)), record)).toBe(true);
        // And what it is told is what was stored, as far as it still counts.
        const left = mergeRecords(opToRecord(told), record);
        expect(sameRecord(left, mergeRecords(opToRecord(stored as Op), record))).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('PI-11: of what was stored as it was sent nothing is told', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const ops = all.map(({ kind, sent, at }, seq) => opOf(seq, at, kind, sent));
      const record = ops.reduce(applyOp, EMPTY_RECORD);
      for (const op of ops) expect(storedOtherwise(record, op)).toBeNull();
    }),
  );
});

test('CR-10: an unset field that has been forgotten since is no change', () => {
  const sent = opOf(1, 5, 'create', [
    { name: 'x', value: undefined },
    { name: 'y', value: 1 },
  ]);
  const record = opToRecord(opOf(1, 5, 'create', [{ name: 'y', value: 1 }]));
  expect(storedOtherwise(record, sent)).toBeNull();
  expect(storedOtherwise(undefined, sent)).toBeNull();
});

test('SY-2, CR-10: of what later writes have taken the place of nothing is lost to its author, though one of them has been forgotten', () => {
  const sent = opOf(1, 5, 'patch', [
    { name: 'x', value: 1 },
    { name: 'y', value: 1 },
  ]);
  const later = opOf(2, 6, 'patch', [
    { name: 'x', value: undefined },
    { name: 'y', value: 2 },
  ]);
  const record = applyOp(opToRecord(sent), later);
  expect(storedOtherwise(record, sent)).toBeNull();
  const forgotten = { ...record, fields: new Map([...record.fields].filter(([name]) => name !== 'x')) };
  expect(storedOtherwise(forgotten, sent)).toEqual({ ...sent, fields: [{ name: 'y', value: 1 }] });
  expect([forgotten, record].map((each) => isSupersededByChange(each, sent))).toEqual([true, false]);
});

test('SY-2, CR-10: a field that the op itself unset is told as it was sent, though that has been forgotten: a ledger that has lost it may still have a value there', () => {
  const sent = opOf(1, 5, 'patch', [
    { name: 'x', value: 1 },
    { name: 'y', value: undefined },
  ]);
  const later = opOf(2, 6, 'patch', [{ name: 'x', value: undefined }]);
  const record = applyOp(opToRecord(sent), later);
  const forgotten = { ...record, fields: new Map() };
  expect(storedOtherwise(record, sent)).toBeNull();
  expect(storedOtherwise(forgotten, sent)).toEqual({ ...sent, fields: [{ name: 'y', value: undefined }] });
});
