import fc from 'fast-check';
import { expect, it } from 'vitest';

import { canonicalRecord, type LwwRecord } from '../../crdt/index.js';
import { ops } from '../../crdt/op.arbitrary.js';
import { AcceptedOp } from './accepted-op.js';
import { applyBaseChange } from './apply-base-change.js';

it('CL-2: an accepted op makes of base what the record that says the same makes of it', () => {
  fc.assert(
    fc.property(fc.array(ops, { maxLength: 8 }), (accepted) => {
      const [byOps, byRecords] = [new Map<string, LwwRecord>(), new Map<string, LwwRecord>()];
      for (const op of accepted) {
        const change = new AcceptedOp(op);
        applyBaseChange(byOps, change);
        applyBaseChange(byRecords, { type: 'merge', key: op.key, delta: change.delta });
      }
      const canonical = (records: ReadonlyMap<string, LwwRecord>) =>
        [...records].map(([key, record]) => [key, canonicalRecord(record)]);
      expect(canonical(byOps)).toEqual(canonical(byRecords));
    }),
  );
});
