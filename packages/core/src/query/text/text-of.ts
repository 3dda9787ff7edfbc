import type { Value } from '../../primitives/index.js';

/** The text that has the words of a value: that of strings, of numbers, and of strings and numbers in lists; `undefined` where there is none. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return undefined;
  // A line each: no word goes over from one to the next.
  const parts = (value as readonly Value[]).filter((item) => typeof item === 'string' || typeof item === 'number');
  return parts.length === 0 ? undefined : parts.join('\n');
}
