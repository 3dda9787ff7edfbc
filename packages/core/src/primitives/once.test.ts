import { expect, it } from 'vitest';

import { once } from './once.js';

it('makes nothing before it is asked, and the same for whoever asks', () => {
  let made = 0;
  const parts = once(() => ({ number: ++made }));
  expect(made).toBe(0);
  const first = parts();
  expect(first).toEqual({ number: 1 });
  expect(parts()).toBe(first);
  expect(made).toBe(1);
});
