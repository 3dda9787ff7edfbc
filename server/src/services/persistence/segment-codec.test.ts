import type { ReplicaId } from '@topgun/core/clock';
import type { WireOp } from '@topgun/core/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeSegment, encodeSegment } from './segment-codec.js';
import type { Segment, SegmentVerdict } from './segment.js';

const stamp = '-0000000000replica';
const sample: Segment = {
  lineage: 'l1',
  entries: [
    {
      partition: 270,
      replica: 'db.0' as ReplicaId,
      ops: [
        [
          [
            1,
            stamp,
            'todos',
            'a',
            'c',
            [
              ['text', 'hi'],
              ['__proto__', { $bytes: 'AA' }],
            ],
          ] as unknown as WireOp,
          1,
        ],
        [[4, stamp, 'todos', '\0', 'd'] as unknown as WireOp, ['record-absent', 'there is no such record']],
      ],
    },
  ],
};

const field = fc.tuple(fc.string(), fc.jsonValue()).map(([name, value]) => [name, value]);
const op = (seq: number): fc.Arbitrary<WireOp> =>
  fc
    .tuple(fc.string(), fc.string({ minLength: 1 }), fc.constantFrom('c', 'r', 'p', 'd'), fc.array(field))
    .map(
      ([map, key, kind, fields]) =>
        (kind === 'd' ? [seq, stamp, map, key, kind] : [seq, stamp, map, key, kind, fields]) as unknown as WireOp,
    );
const verdict: fc.Arbitrary<SegmentVerdict> = fc.oneof(
  fc.constant(1 as const),
  fc.constant(2 as const),
  fc.string().map((reason) => ['too-large', reason] as const),
);
const ops = fc
  .uniqueArray(fc.integer({ min: 1 }), { minLength: 1, maxLength: 5 })
  .chain((seqs) => fc.tuple(...seqs.toSorted((a, b) => a - b).map((seq) => fc.tuple(op(seq), verdict))));
const segment: fc.Arbitrary<Segment> = fc.record({
  lineage: fc.string({ minLength: 1 }),
  entries: fc.array(
    fc.record({
      partition: fc.integer({ min: 0, max: 270 }),
      replica: fc.string({ minLength: 1 }).map((id) => id as ReplicaId),
      ops,
    }),
  ),
});

const codeOf = (bytes: Uint8Array): string => {
  const decoded = decodeSegment(bytes);
  return decoded.ok ? 'ok' : decoded.error.code;
};
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const frame = (part: object): Uint8Array => bytesOf({ v: 1, ...sample, ...part });
const entry = (part: object): Uint8Array => frame({ entries: [{ ...sample.entries[0], ...part }] });

describe('the segment codec', () => {
  it('PI-3: decodes what it encoded', () => {
    fc.assert(
      fc.property(segment, fc.option(fc.integer({ min: 1 }), { nil: undefined }), (some, position) => {
        const each = { ...some, ...(position === undefined ? {} : { position }) };
        const decoded = decodeSegment(encodeSegment(each), position);
        // Through JSON once: `-0` and the order of nothing else changes on the way.
        expect(decoded).toEqual({ ok: true, value: JSON.parse(JSON.stringify(each)) });
      }),
    );
  });

  it('is JSON that SQL can read, in a frozen form', () => {
    expect(new TextDecoder().decode(encodeSegment(sample))).toBe(
      '{"v":2,"crc":"0222458b","lineage":"l1","entries":[{"partition":270,"replica":"db.0","ops":[' +
        '[[1,"-0000000000replica","todos","a","c",[["text","hi"],["__proto__",{"$bytes":"AA"}]]],1],' +
        '[[4,"-0000000000replica","todos","\\u0000","d"],["record-absent","there is no such record"]]]}]}',
    );
  });

  it('PI-61: tells a segment that lies in the place of another, and those of before, which do not say', () => {
    const bytes = encodeSegment({ ...sample, position: 7 });
    expect(new TextDecoder().decode(bytes.subarray(0, 60))).toMatch(
      /^\{"v":2,"crc":"[0-9a-f]{8}","position":7,"lineage":"l1",/,
    );
    expect(decodeSegment(bytes, 7)).toEqual({ ok: true, value: { ...sample, position: 7 } });
    expect(decodeSegment(bytes, 8)).toEqual({
      ok: false,
      error: { code: 'misplaced', reason: 'it says that it is segment 7' },
    });
    expect(decodeSegment(encodeSegment(sample), 8)).toEqual({ ok: true, value: sample });
    for (const position of [0, 1.5, '7', null]) expect(codeOf(frame({ position }))).toBe('malformed');
  });

  it('CR-9, CR-10: holds ends of records, and what was forgotten, with ops or without', () => {
    const marks = [
      ['m', 'k', stamp],
      ['m', '\0', stamp, ''],
    ] as never;
    const kept: Segment = {
      lineage: 'l1',
      entries: [
        { partition: 0, replica: '.0' as ReplicaId, ops: [], forgotten: { through: 7, marks } },
        {
          partition: 1,
          replica: '.0' as ReplicaId,
          ops: [[[1, stamp, 'm', 'k', 'p', [], 5] as unknown as WireOp, 1]],
          forgotten: { through: 7, marks },
        },
      ],
    };
    expect(decodeSegment(encodeSegment(kept))).toEqual({ ok: true, value: kept });
  });

  it('tells every truncation', () => {
    const bytes = encodeSegment(sample);
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(bytes.subarray(0, length))).not.toBe('ok');
    }
  });

  it('tells damage that hits the text, and never throws at any', () => {
    const bytes = encodeSegment(sample);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 128, max: 255 }), (place, byte) => {
        const damaged = bytes.slice();
        damaged[place] = byte;
        expect(codeOf(damaged)).not.toBe('ok');
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (any) => codeOf(any) !== 'ok'));
  });

  it('refuses versions it does not know', () => {
    for (const v of [0, 3, '1', null, undefined]) expect(codeOf(frame({ v }))).toBe('unknown-version');
  });

  it.each([
    ['a list', bytesOf([])],
    ['null', bytesOf(null)],
    ['no lineage', frame({ lineage: '' })],
    ['entries that are none', frame({ entries: {} })],
    ['an entry that is none', frame({ entries: [null] })],
    ['a partition beyond the last', entry({ partition: 271 })],
    ['a partition below the first', entry({ partition: -1 })],
    ['half a partition', entry({ partition: 0.5 })],
    ['no replica', entry({ replica: '' })],
    ['no ops', entry({ ops: [] })],
    ['an op without a verdict', entry({ ops: [[[1, stamp, 'm', 'k', 'd']]] })],
    ['an unknown verdict', entry({ ops: [[[1, stamp, 'm', 'k', 'd'], 3]] })],
    ['a refusal without a reason', entry({ ops: [[[1, stamp, 'm', 'k', 'd'], ['too-large']]] })],
    ['sequence 0', entry({ ops: [[[0, stamp, 'm', 'k', 'd'], 1]] })],
    [
      'a sequence that falls',
      entry({
        ops: [
          [[2, stamp, 'm', 'k', 'd'], 1],
          [[2, stamp, 'm', 'k', 'd'], 1],
        ],
      }),
    ],
    ['an unknown kind', entry({ ops: [[[1, stamp, 'm', 'k', 'q'], 1]] })],
    ['a remove with fields', entry({ ops: [[[1, stamp, 'm', 'k', 'd', []], 1]] })],
    ['fields that are none', entry({ ops: [[[1, stamp, 'm', 'k', 'p', 'text'], 1]] })],
    ['more than an expiry', entry({ ops: [[[1, stamp, 'm', 'k', 'c', [], 5, 6], 1]] })],
    ['nothing forgotten', entry({ forgotten: { through: 1, marks: [] } })],
    ['forgotten things that are none', entry({ forgotten: null })],
    ['forgotten through nothing', entry({ forgotten: { through: 0, marks: [['m', 'k', stamp]] } })],
    ['a mark without a stamp', entry({ forgotten: { through: 1, marks: [['m', 'k']] } })],
    ['a mark of too much', entry({ forgotten: { through: 1, marks: [['m', 'k', stamp, 'f', 'g']] } })],
    ['a mark of no field', entry({ forgotten: { through: 1, marks: [['m', 'k', stamp, null]] } })],
    ['a key that is no text', entry({ ops: [[[1, stamp, 'm', 7, 'd'], 1]] })],
  ])('names the place in a segment with %s', (_, bytes) => {
    const decoded = decodeSegment(bytes);
    expect(decoded).toMatchObject({ ok: false, error: { code: 'malformed' } });
  });
});

describe('the checksum of a segment', () => {
  it('PI-10: one bit changed, wherever it is, is noticed', () => {
    const bytes = encodeSegment(sample);
    for (let at = 0; at < bytes.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << bit;
        expect(codeOf(damaged)).not.toBe('ok');
      }
    }
    const text = new TextDecoder().decode(bytes);
    const changed = text.replace('"hi"', '"ho"');
    expect(decodeSegment(new TextEncoder().encode(changed))).toEqual({
      ok: false,
      error: { code: 'wrong-checksum', reason: `the checksum of its ${bytes.length} bytes is another` },
    });
    expect(codeOf(new TextEncoder().encode(text.replace('{"v":2', '{"v":1')))).toBe('malformed');
  });

  it('PI-10: is these bytes, and segments of before, without one, are read', () => {
    expect(new TextDecoder().decode(encodeSegment({ lineage: 'here', entries: [] }))).toBe(
      '{"v":2,"crc":"2ad5f3d8","lineage":"here","entries":[]}',
    );
    expect(decodeSegment(bytesOf({ v: 1, ...sample }))).toEqual({ ok: true, value: sample });
  });
});
