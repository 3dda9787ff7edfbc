import type { ReplicaId } from '@topgun/core/clock';
import type { WireOp } from '@topgun/core/protocol';
import { describe, expect, it } from 'vitest';

import type { Ledger, LedgerSegment } from '../../ports/ledger.js';
import { replay } from './replay.js';
import { encodeSegment } from './segment-codec.js';

const segmentAt = (position: number, part: Partial<LedgerSegment> = {}, lineage = 'here'): LedgerSegment => ({
  position,
  epoch: 1,
  bytes: encodeSegment({
    lineage,
    position,
    entries: [
      { partition: 0, replica: 'r' as ReplicaId, ops: [[[position, 's', 'm', 'k', 'd'] as unknown as WireOp, 1]] },
    ],
  }),
  ...part,
});

/** Hands out these chunks, whatever is asked. */
const ledgerOf = (...chunks: readonly LedgerSegment[][]): Ledger =>
  ({
    async *read() {
      yield* chunks;
    },
  }) as unknown as Ledger;

async function outcome(ledger: Ledger, after = 0): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const result of replay(ledger, after, 'here')) {
    seen.push(result.ok ? result.value.position : [result.error.code, result.error.position]);
  }
  return seen;
}

describe('replay', () => {
  it('PI-3: hands out every segment in order, across chunks, with its ops', async () => {
    const ledger = ledgerOf([segmentAt(1), segmentAt(2)], [], [segmentAt(3, { epoch: 5 })]);
    expect(await outcome(ledger)).toEqual([1, 2, 3]);
    for await (const result of replay(ledger, 0, 'here')) {
      expect(result.ok && result.value.entries[0]?.ops[0]?.[0][0]).toBe(result.ok ? result.value.position : null);
    }
  });

  it('SY-2: a segment may say under which name the history goes on', async () => {
    const renamed = segmentAt(2, {
      bytes: encodeSegment({
        lineage: 'here',
        entries: [{ partition: 0, replica: '.0' as ReplicaId, ops: [], lineage: 'there' }],
      }),
    });
    expect(await outcome(ledgerOf([segmentAt(1), renamed, segmentAt(3, {}, 'there')]))).toEqual([1, 2, 3]);
    expect(await outcome(ledgerOf([segmentAt(1), renamed, segmentAt(3)]))).toEqual([1, 2, ['foreign-lineage', 3]]);
  });

  it('begins after any position', async () => {
    expect(await outcome(ledgerOf([segmentAt(8), segmentAt(9)]), 7)).toEqual([8, 9]);
    expect(await outcome(ledgerOf(), 7)).toEqual([]);
  });

  it.each([
    ['a missing segment', segmentAt(3), ['gap', 3]],
    ['a segment twice', segmentAt(1), ['gap', 1]],
    ['an epoch that falls', segmentAt(2, { epoch: 0 }), ['epoch-regression', 2]],
    ['a segment of another ledger', segmentAt(2, {}, 'elsewhere'), ['foreign-lineage', 2]],
    ['a segment in the place of another', { ...segmentAt(1), position: 2 }, ['misplaced', 2]],
    ['bytes that are no segment', segmentAt(2, { bytes: Uint8Array.of(123) }), ['not-json', 2]],
    [
      'a segment of a newer version',
      segmentAt(2, { bytes: new TextEncoder().encode('{"v":3}') }),
      ['unknown-version', 2],
    ],
  ])('PI-10: stops at %s, having handed out what came before', async (_, wrong, expected) => {
    expect(await outcome(ledgerOf([segmentAt(1)], [wrong, segmentAt(2), segmentAt(3)]))).toEqual([1, expected]);
  });
});
