import { stampMillis, type ReplicaId, type Stamp } from '@topgun/core/clock';
import { expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { GridState } from './grid-state.js';
import { Overlay } from './overlay.js';
import { bindReplica, ownerOf } from './replica-owners.js';

test('CR-2: a clock that tells fractions of a ms notes whose a replica is, at a whole one', async () => {
  const hash = await loadXxhash();
  const state = new Overlay(new GridState());
  const replica = 'a-replica.0' as ReplicaId;
  const { ops } = bindReplica(state, hash, replica, 'ann', 1_700_000_000_000.75);
  expect(ownerOf(state, hash, replica)).toBe('ann');
  expect(ops.map(([[, stamp]]) => stampMillis(stamp as Stamp))).toEqual([1_700_000_000_000]);
});
