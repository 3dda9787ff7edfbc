import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { value } from '../query.arbitrary.js';
import { groupKey } from './group-key.js';
import { GroupTable } from './group-table.js';

test('QU-13: lists of values have one place in the table exactly when they are one group', () => {
  const some = fc.oneof(
    fc.option(value, { nil: undefined }),
    fc.constantFrom(0, -0, '', '0', '[]', null, [], {}, false, new Uint8Array(), '[null]'),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 }),
      fc.array(fc.array(some, { minLength: 3, maxLength: 3 })),
      (depth, lists) => {
        const table = new GroupTable<{ key: string }>(depth);
        let made = 0;
        for (const list of lists) {
          const values = list.slice(0, depth);
          const create = (): { key: string } => (made++, { key: groupKey(values) });
          expect(table.take((place) => values[place], create).key).toBe(groupKey(values));
        }
        expect(made).toBe(new Set(lists.map((list) => groupKey(list.slice(0, depth)))).size);
      },
    ),
  );
});
