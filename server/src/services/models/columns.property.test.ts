import type { Value } from '@topgun/core/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellToStored, cellToValue, COLUMN_TYPES, storedToCell, valueToCell, type Column } from './columns.js';

const column = fc.record({
  field: fc.constant('f'),
  column: fc.constant('c'),
  type: fc.constantFrom(...COLUMN_TYPES),
  asNumber: fc.boolean(),
  isOptional: fc.boolean(),
});

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Value>;
const value: fc.Arbitrary<Value | undefined> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom<(Value | undefined)[]>(
    null,
    undefined,
    -0,
    '-0',
    '007.50',
    '9223372036854775807',
    '9223372036854775808',
  ),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }).map((date) => date.toISOString()),
  fc.uint8Array({ maxLength: 8 }),
  json,
);

describe('columns', () => {
  it('MO-2: what a column holds it gives back, through the database and through the map, and says the same the same way', () => {
    let held = 0;
    fc.assert(
      fc.property(column, value, (of, given) => {
        const cell = valueToCell(of, given);
        if (!cell.ok) return;
        held += 1;
        // Prisma gives a Decimal as an object that writes itself.
        const text = cell.value;
        const stored = of.type === 'Decimal' && text !== null ? { toFixed: () => `${text}` } : cellToStored(of, text);
        const read = storedToCell(of, stored);
        if (!read.ok) {
          expect([of.type, of.asNumber, Number.isSafeInteger(Number(text))]).toEqual(['BigInt', true, false]);
          return;
        }
        expect(read.value).toBe(text);
        expect(valueToCell(of, cellToValue(of, text))).toEqual(cell);
      }),
      { numRuns: 2_000 },
    );
    expect(held).toBeGreaterThan(300);
  });

  it('MO-2: what no field can hold, or no column, is refused and not changed on the way', () => {
    const of = (type: Column['type'], asNumber = false): Column => {
      return { field: 'f', column: 'c', type, asNumber, isOptional: false };
    };
    for (const [type, bad] of [
      ['String', 1],
      ['Boolean', 0],
      ['Int', 1.5],
      ['Int', 2 ** 31],
      ['BigInt', 0.5],
      ['BigInt', '9223372036854775808'],
      ['Float', '1'],
      ['Decimal', 1e21],
      ['Decimal', ''],
      ['DateTime', '2026-01-01'],
      ['DateTime', 9e15],
      ['Json', { a: [new Uint8Array(1)] }],
      ['Bytes', 'AAAA'],
    ] as const) {
      expect([type, bad, valueToCell(of(type), bad as Value).ok]).toEqual([type, bad, false]);
    }
    expect(storedToCell(of('BigInt', true), 2n ** 60n).ok).toBe(false);
    expect(storedToCell(of('Float'), Number.NaN).ok).toBe(false);
    expect(storedToCell(of('DateTime'), new Date(Number.NaN)).ok).toBe(false);
    expect(storedToCell(of('String'), 5).ok).toBe(false);
    expect(cellToValue({ ...of('String'), isOptional: true }, null)).toBeUndefined();
    expect(cellToValue(of('String'), null)).toBeNull();
  });
});
