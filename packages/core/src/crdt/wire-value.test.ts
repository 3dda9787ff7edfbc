import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Stamp } from '../clock/timestamp.js';
import { EMPTY_RECORD } from './record-merge.js';
import { applyOp } from './apply-op.js';
import { materialize, VERSION_FIELD } from './materialize.js';
import type { RecordOp } from './op.js';
import { opLists } from './op.arbitrary.js';
import { decodeRecord, encodeRecord } from './wire-record.js';
import { wireValue } from './wire-value.js';

const shown = (wire: unknown): unknown => {
  const record = decodeRecord(wire);
  return record.ok ? materialize(record.value) : undefined;
};

/** Without an end, and of named fields only. */
function plainOp(op: RecordOp): RecordOp {
  if (op.kind === 'remove') return op;
  const { expiresAt: _end, ...plain } = op;
  return { ...plain, fields: op.fields.filter(({ name }) => name !== '') };
}

it('CL-2: what shows of a wire form is what shows of the record that is read of it, or is not known', () => {
  let known = 0;
  fc.assert(
    fc.property(opLists, fc.boolean(), (all, isPlain) => {
      const ops = isPlain ? all.map(plainOp) : all;
      // As it is stored.
      const wire: unknown = JSON.parse(JSON.stringify(encodeRecord(ops.reduce(applyOp, EMPTY_RECORD))));
      const value = wireValue(wire);
      if (value === undefined) return;
      known += 1;
      expect(value).toEqual(shown(wire));
      expect(Object.keys(value)).toEqual(Object.keys(shown(wire) as object));
    }),
  );
  expect(known).toBeGreaterThan(10);
});

const STAMP = '0000000011000a.0' as Stamp;

it.each<[string, unknown, unknown]>([
  [
    'fields',
    [
      STAMP,
      1,
      '',
      [
        ['a', '', 1],
        ['b', '', { $bytes: 'AQ' }],
        ['c', ''],
      ],
    ],
    { a: 1, b: Uint8Array.of(1) },
  ],
  [
    'the version of its schema',
    [
      STAMP,
      1,
      '',
      [
        [VERSION_FIELD, '', 2],
        ['a', '', 1],
      ],
    ],
    { a: 1 },
  ],
  ['an end', [STAMP, 1, '', [['a', '', 1]], ['', null]], undefined],
  ['a scalar', [STAMP, 1, '', [['', '', 1]]], undefined],
  ['a removal', [STAMP, 0, '', [['a', '', 1]]], undefined],
  ['a counter', [STAMP, 3, '', [['a', '', 1]]], undefined],
  ['a value that is none', [STAMP, 1, '', [['a', '', { $no: 1 }]]], undefined],
  ['no name', [STAMP, 1, '', [[1, '', 1]]], undefined],
  ['no fields', [STAMP, 1, '', 'a'], undefined],
  ['no field', [STAMP, 1, '', ['a']], undefined],
  ['no record', 'a', undefined],
])('CL-2: of a wire form with %s', (_what, wire, value) => {
  expect(wireValue(wire)).toEqual(value);
});
