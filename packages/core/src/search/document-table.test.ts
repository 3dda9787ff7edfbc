import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DocumentTable, type IndexedDocument } from './document-table.js';

const document = (key: string): IndexedDocument => ({ key, signature: `of ${key}`, lengths: [1], isUnseen: false });

/** The same with a list that is gone through. */
class PlainTable {
  documents: (readonly [number, IndexedDocument])[] = [];
  next = 0;

  delete(key: string): IndexedDocument | undefined {
    const found = this.documents.find(([, { key: own }]) => own === key);
    this.documents = this.documents.filter((each) => each !== found);
    return found?.[1];
  }
}

describe('SE-13: documents', () => {
  test('are found by key and by number, in their order, whatever came and went', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', '', '__proto__'),
      isPut: fc.boolean(),
      skipped: fc.constantFrom(0, 0, 1, 511, 512, 5_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [table, plain] = [new DocumentTable(), new PlainTable()];
        for (const { isPut, key, skipped } of steps) {
          expect(table.delete(key)).toBe(plain.delete(key));
          if (isPut) {
            const added = document(key);
            const number = plain.next + skipped;
            expect(skipped === 0 ? table.add(added) : table.add(added, number)).toBe(number);
            plain.documents.push([number, added]);
            plain.next = number + 1;
          }
          expect([...table]).toEqual(plain.documents);
          expect([table.size, table.next]).toEqual([plain.documents.length, plain.next]);
          expect(table.byKey(key)).toBe(plain.documents.find(([, { key: own }]) => own === key)?.[1]);
          for (const [number, held] of plain.documents) expect(table.get(number)).toBe(held);
          for (const number of [-1, plain.next, plain.next + 512]) expect(table.get(number)).toBeUndefined();
        }
      }),
      { numRuns: 200 },
    );
  });

  test('have numbers that none has had before, when their keys come again', () => {
    const table = new DocumentTable();
    for (let i = 0; i < 2_000; i++) {
      expect(table.add(document('a'))).toBe(i);
      expect(table.get(i)).toBe(table.byKey('a'));
      table.delete('a');
      expect(table.get(i)).toBeUndefined();
      expect(table.byKey('a')).toBeUndefined();
    }
    expect([table.size, [...table]]).toEqual([0, []]);
  });

  test('a number from before does not turn back what the next one is', () => {
    const table = new DocumentTable();
    table.add(document('late'), 40);
    table.add(document('early'), 3);
    expect(table.add(document('next'))).toBe(41);
    expect(Array.from(table, ([number]) => number)).toEqual([3, 40, 41]);
  });

  test('that come while they are gone through are met, and those that go are not', () => {
    const table = new DocumentTable();
    for (let i = 0; i < 1_100; i++) table.add(document(`k${i}`));
    const met: number[] = [];
    for (const [number] of table) {
      met.push(number);
      if (number < 1_100) table.delete(`k${number + 1}`);
      if (number === 10) table.add(document('came'));
    }
    expect(met).toEqual([...Array.from({ length: 550 }, (_, i) => 2 * i), 1_100]);
  });
});
