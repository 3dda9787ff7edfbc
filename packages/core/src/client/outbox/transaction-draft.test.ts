import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { MAX_TRANSACTION_OPS, planPatch, planRemove, planSet, planUpdate, type OpBody } from '../../crdt/index.js';
import { canonicalJson, type Value } from '../../primitives/index.js';
import { RecordOverlay } from '../state/record-overlay.js';
import { OpIssuer } from './op-issuer.js';
import { TransactionDraft, type DraftedMap } from './transaction-draft.js';

const KEYS = ['a', 'b', '__proto__'];

const values = fc.oneof(
  fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ min: 0, max: 2 }), { noNullPrototype: true }),
  // A record that is no object, and one that becomes or was one.
  fc.constantFrom<Value>(null, 0, 'text', [1]),
);

const writes = fc.record({
  kind: fc.constantFrom('set' as const, 'update' as const, 'patch' as const, 'remove' as const),
  map: fc.nat(1),
  key: fc.constantFrom(...KEYS),
  value: values,
});
type Write = typeof writes extends fc.Arbitrary<infer T> ? T : never;

interface OverlayMap extends DraftedMap {
  readonly overlay: RecordOverlay;
}

const createMap = (name: string): OverlayMap => {
  const overlay = new RecordOverlay({ now: () => 0, note() {} });
  return { name, overlay, values: overlay.values };
};

/** What the write comes to, given what is seen; `null`: nothing, or it is refused at the call. */
function planned({ kind, value }: Write, record: Parameters<typeof planPatch>[0]): OpBody | null {
  switch (kind) {
    case 'set': {
      const plan = planSet(record, value);
      return plan.ok ? plan.value.body : null;
    }
    case 'update': {
      const plan = planUpdate(record, (previous) =>
        typeof previous === 'object' && previous !== null && !Array.isArray(previous)
          ? { ...(previous as { readonly [name: string]: Value }), z: 1 }
          : value,
      );
      return plan.ok ? plan.value : null;
    }
    case 'patch': {
      const plan = planPatch(record, value);
      return plan.ok ? plan.value : null;
    }
    case 'remove': {
      const plan = planRemove(record);
      return plan.ok ? plan.value : null;
    }
  }
}

/** A tab that writes one op after the other. */
function createWriter(): (map: OverlayMap, key: string, body: OpBody) => void {
  let now = 1_000;
  const issuer = new OpIssuer({ now: () => (now += 1) }, 'tab.0' as ReplicaId);
  return (map, key, body) => void map.overlay.add(issuer.issue(map.name, key, body, map.overlay));
}

const textOf = (entries: Iterable<readonly [string, Value]>): string =>
  canonicalJson(
    [...entries].map(([key, value]) => [key, value] as Value[]).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );

describe('CR-12: the draft of a transaction', () => {
  it('reads its own writes as a tab would that made them one by one, and its maps know nothing of them', () => {
    fc.assert(
      fc.property(fc.array(writes, { maxLength: 12 }), fc.array(writes, { maxLength: 12 }), (before, during) => {
        const drafted = [createMap('m'), createMap('n')];
        const written = [createMap('m'), createMap('n')];
        for (const maps of [drafted, written]) {
          const write = createWriter();
          for (const each of before) {
            const map = maps[each.map]!;
            const body = planned(each, map.overlay.record(each.key));
            if (body !== null) write(map, each.key, body);
          }
        }
        const untouched = drafted.map(({ values: held }) => textOf(held));
        const draft = new TransactionDraft<OverlayMap>();
        const write = createWriter();
        const bodies: OpBody[] = [];
        for (const each of during) {
          const map = drafted[each.map]!;
          const body = planned(each, draft.record(map, each.key));
          // Planned against the draft it is the same as planned against the maps.
          const twin = written[each.map]!;
          expect(planned(each, twin.overlay.record(each.key))).toEqual(body);
          if (body !== null) {
            draft.add(map, each.key, body);
            bodies.push(body);
            write(twin, each.key, body);
          }
          for (const [i, one] of drafted.entries()) {
            expect(textOf(draft.entries(one))).toBe(textOf(written[i]!.values));
            for (const key of KEYS) expect(draft.value(one, key)).toEqual(written[i]!.values.get(key));
          }
        }
        expect(draft.writes.map(({ body }) => body)).toEqual(bodies);
        expect(drafted.map(({ values: held }) => textOf(held))).toEqual(untouched);
      }),
    );
  });

  it('holds so many writes and no more, and is of no use once one more was tried', () => {
    const draft = new TransactionDraft<OverlayMap>();
    const map = createMap('m');
    for (let i = 0; i < MAX_TRANSACTION_OPS; i += 1) draft.add(map, `k${i}`, { kind: 'remove' });
    expect(draft.isTooLarge).toBe(false);
    expect(() => draft.add(map, 'one more', { kind: 'remove' })).toThrow(
      expect.objectContaining({ code: 'transaction-too-large' }),
    );
    expect([draft.isTooLarge, draft.writes.length]).toEqual([true, MAX_TRANSACTION_OPS]);
  });
});
