import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { LwwRecord } from '../../crdt/index.js';
import type { KeptView } from '../ports/storage.js';
import { boundedView, rowToView, viewToRow } from './kept-view.js';
import { canonicalMap, changes, record, replay, stampOf } from './samples.contract.js';

const views: fc.Arbitrary<KeptView> = fc.tuple(changes, fc.boolean(), fc.boolean()).map(([made, hasMore, isAnswer]) => {
  const records = new Map<string, LwwRecord>();
  replay(records, made);
  return { key: 'm\0', records, hasMore, ...(isAnswer ? { isAnswer } : {}) };
});

it('CL-2: a view is read as it was written, in its order', () => {
  fc.assert(
    fc.property(views, (view) => {
      const read = rowToView(view.key, viewToRow(view));
      expect([...(read?.records.keys() ?? [])]).toEqual([...view.records.keys()]);
      expect(canonicalMap(read?.records ?? new Map())).toEqual(canonicalMap(view.records));
      expect([read?.hasMore, read?.isAnswer]).toEqual([view.hasMore, view.isAnswer]);
      expect(boundedView(view)).toBe(view);
    }),
  );
});

it('CL-2: of an answer of plain records values are read, and its records when somebody asks', () => {
  const plain = record(1, 'a');
  const view = { key: 'm\0', records: new Map([['k', plain]]), hasMore: false, isAnswer: true } as const;
  const row = viewToRow(view);
  const read = rowToView(view.key, row);
  expect(read?.values).toEqual(new Map([['k', { title: 'a' }]]));
  expect(canonicalMap(read?.records ?? new Map())).toEqual(canonicalMap(view.records));
  expect(rowToView(view.key, { id: row.id, v: row.v, hasMore: false, records: row.records })?.values).toBeUndefined();
  // What has an end has to be read.
  const ending = new Map([['k', { ...plain, expiry: { stamp: stampOf(1), at: 5 } }]]);
  expect(rowToView(view.key, viewToRow({ ...view, records: ending }))).toMatchObject({
    isAnswer: true,
    records: ending,
  });
  expect(rowToView(view.key, viewToRow({ ...view, records: ending }))?.values).toBeUndefined();
});

it('CL-8: a row that was cut off anywhere is no view, and no error', () => {
  fc.assert(
    fc.property(views, fc.nat(), (view, at) => {
      const row = viewToRow(view);
      const records = row.records.slice(0, at % row.records.length);
      expect(rowToView(view.key, { ...row, records })).toBeNull();
    }),
  );
});
