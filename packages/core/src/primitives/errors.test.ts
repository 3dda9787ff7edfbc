import { describe, expect, test } from 'vitest';
import { assertNever } from './assert-never.js';
import { err, ok } from './result.js';
import { TopGunError } from './topgun-error.js';

describe('results and errors', () => {
  test('a result is the one or the other, and says which', () => {
    expect(ok(0)).toEqual({ ok: true, value: 0 });
    expect(ok(undefined)).toEqual({ ok: true, value: undefined });
    expect(err('why')).toEqual({ ok: false, error: 'why' });
  });

  test('an error of the API is an error with a code, a name, and what caused it', () => {
    const cause = new Error('disk');
    const error = new TopGunError('not-loaded', 'The map is loading.', { cause });
    expect(error).toBeInstanceOf(Error);
    expect([error.code, error.name, error.message]).toEqual(['not-loaded', 'TopGunError', 'The map is loading.']);
    expect(error.cause).toBe(cause);
    expect(String(error)).toBe('TopGunError: The map is loading.');
    expect(new TopGunError('x', 'y').cause).toBeUndefined();
  });

  test('a case that cannot be is a defect that shows what came', () => {
    expect(() => assertNever('surprise' as never)).toThrow('unreachable: "surprise"');
    expect(() => assertNever({ type: 'new' } as never)).toThrow('{"type":"new"}');
  });
});
