import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { OpIdMap } from './op-id-map.js';
import { opIdText } from './op-id.js';

const id = fc.record({ replica: fc.constantFrom('a.0' as ReplicaId, 'a.1' as ReplicaId), seq: fc.nat({ max: 5 }) });

describe('op id map', () => {
  it('CR-2: is a map by the text of the id, in the order of the sequences per replica', () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant('set' as const), id, value: fc.nat() }),
      fc.record({ act: fc.constant('take' as const), id }),
      fc.record({ act: fc.constant('clear' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new OpIdMap<{ readonly replica: string; readonly seq: number; readonly value: number }>();
        const model = new Map<string, { readonly replica: string; readonly seq: number; readonly value: number }>();
        for (const each of steps) {
          if (each.act === 'clear') {
            map.clear();
            model.clear();
          } else if (each.act === 'set') {
            const value = { ...each.id, value: each.value };
            map.set(each.id, value);
            model.set(opIdText(each.id), value);
          } else {
            expect(map.take(each.id)).toBe(model.get(opIdText(each.id)));
            model.delete(opIdText(each.id));
            expect(map.get(each.id)).toBeUndefined();
          }
          expect(map.size).toBe(model.size);
          for (const replica of ['a.0', 'a.1']) {
            const own = [...map.values()].filter((value) => value.replica === replica);
            const expected = [...model.values()].filter((value) => value.replica === replica);
            expect(own).toEqual(expected.sort((a, b) => a.seq - b.seq));
          }
        }
      }),
    );
  });
});
