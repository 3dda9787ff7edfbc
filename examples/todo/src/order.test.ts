import { describe, expect, it } from 'vitest';

import { orderAt, orderAtTop } from './order.js';
import type { TodoRow } from './todo.js';

const rows = (...orders: string[]): TodoRow[] =>
  orders.map((order, at) => ({ _key: String(at), text: '', done: false, order, createdAt: 0 }));

describe('order', () => {
  it('at the top comes before all', () => {
    expect(orderAtTop(rows('a0', 'a1')) < 'a0').toBe(true);
    expect(orderAtTop([])).toBe('a0');
  });

  it('between two stands between them', () => {
    const order = orderAt(rows('a0', 'a1'), 1);
    expect('a0' < order && order < 'a1').toBe(true);
  });

  it('at either end stands outside', () => {
    expect(orderAt(rows('a0', 'a1'), 0) < 'a0').toBe(true);
    expect(orderAt(rows('a0', 'a1'), 2) > 'a1').toBe(true);
  });

  it('between two equal orders, made on two devices at once, goes behind them and before the next', () => {
    const order = orderAt(rows('a0', 'a0', 'a1'), 1);
    expect('a0' < order && order < 'a1').toBe(true);
  });
});
