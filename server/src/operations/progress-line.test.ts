import fc from 'fast-check';
import { expect, test } from 'vitest';
import { progressLine } from './progress-line.js';

const FULL = '█';
const EMPTY = '░';
const bar = (line: string): string => line.replaceAll(/[^█░]/g, '');

test('PI-40: shows a bar, the share and the numbers, and where nobody knows the whole the number alone', () => {
  expect(progressLine('backup', 5_000, 10_000, 'parts')).toBe(
    `backup  ${FULL.repeat(12)}${EMPTY.repeat(12)}  50 %  5,000 of 10,000 parts`,
  );
  expect(progressLine('import', 1_234, null, 'lines')).toBe('import  1,234 lines');
});

test('PI-40: the bar is always as wide, never goes back, is full at the end and not before, also where there is nothing and where more comes than was thought', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(12_000), (total, some, more) => {
      const line = (done: number): string => progressLine('a', done, total, 'b');
      const [less, later] = [Math.min(some, more), Math.max(some, more)];
      const full = (done: number): number => bar(line(done)).replaceAll(EMPTY, '').length;
      expect(bar(line(less))).toHaveLength(24);
      expect(full(less)).toBeLessThanOrEqual(full(later));
      expect(full(less) === 24).toBe(less >= total);
      expect(line(less).includes('100 %')).toBe(less >= total);
    }),
  );
});
