import { describe, expect, it } from 'vitest';

import type { Op } from '../../crdt/index.js';
import { PendingBarrier } from './pending-barrier.js';

const op = (seq: number, replica = 'r.0'): Op => ({ replica, seq }) as Op;

describe('a barrier of pending ops', () => {
  it('CL-22: is clear when each of its ops is decided, in whatever order, and knows the latest position', () => {
    const barrier = new PendingBarrier([op(1), op(2), op(1, 's.0')]);
    barrier.decided(op(2), 7);
    barrier.decided(op(1, 's.0'), 5);
    expect([barrier.isClear, barrier.position]).toEqual([false, 7]);
    barrier.decided(op(1), 0);
    expect([barrier.isClear, barrier.position]).toEqual([true, 7]);
  });

  it('CL-22: does not wait for ops that came later, nor take their positions for its own', () => {
    const barrier = new PendingBarrier([op(1)]);
    barrier.decided(op(2), 9);
    expect([barrier.isClear, barrier.position]).toEqual([false, 0]);
    barrier.decided(op(1), 3);
    expect([barrier.isClear, barrier.position]).toEqual([true, 3]);
    barrier.decided(op(1), 12);
    expect(barrier.position).toBe(3);
  });

  it('CL-22: follows an op that goes on under another id, as often as it does', () => {
    const barrier = new PendingBarrier([op(1)]);
    barrier.replaced(op(1), op(4, 's.0'));
    barrier.replaced(op(4, 's.0'), op(2, 't.0'));
    barrier.decided(op(1), 1);
    barrier.decided(op(4, 's.0'), 2);
    expect(barrier.isClear).toBe(false);
    barrier.decided(op(2, 't.0'), 8);
    expect([barrier.isClear, barrier.position]).toEqual([true, 8]);
    barrier.replaced(op(5), op(6));
    expect(barrier.isClear).toBe(true);
  });

  it('CL-22: is clear at once when nothing was pending', () => {
    expect(new PendingBarrier([]).isClear).toBe(true);
  });
});
