import { expect, it, vi } from 'vitest';

const called = vi.hoisted((): string[] => []);

vi.mock('zod/mini', async (importOriginal) => {
  const original = await importOriginal<Record<string, unknown>>();
  const watched = Object.entries(original).map(([name, made]): [string, unknown] => {
    if (typeof made !== 'function') return [name, made];
    const make = (...args: unknown[]): unknown => {
      called.push(name);
      return Reflect.apply(made, undefined, args);
    };
    return [name, make];
  });
  return Object.fromEntries(watched);
});

it('CL-2: the schemas of messages are made with the first message, not with the code of the client', async () => {
  await import('./index.js');
  expect(called).toEqual([]);
  const { parseServerMessage } = await import('../protocol/index.js');
  expect(parseServerMessage({ type: 'pong', at: 1, serverTime: 2, through: 3 }).ok).toBe(true);
  expect(called).toContain('discriminatedUnion');
});
