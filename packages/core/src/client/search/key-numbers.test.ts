import fc from 'fast-check';
import { expect, test } from 'vitest';

import { KeyNumbers } from './key-numbers.js';

test('SE-25: a number is of one key for ever, and says nothing once that is forgotten', () => {
  const step = fc.tuple(fc.constantFrom('of', 'forget'), fc.constantFrom('a', 'b', 'c', '__proto__', ''));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const numbers = new KeyNumbers();
      const owners = new Map<number, string>();
      const present = new Map<string, number>();
      for (const [what, key] of steps) {
        if (what === 'forget') {
          numbers.forget(key);
          present.delete(key);
          continue;
        }
        const number = numbers.of(key);
        expect(owners.get(number) ?? key).toBe(key);
        if (present.has(key)) expect(number).toBe(present.get(key));
        else expect(owners.has(number)).toBe(false);
        owners.set(number, key);
        present.set(key, number);
      }
      for (const [number, key] of owners)
        expect(numbers.key(number)).toBe(present.get(key) === number ? key : undefined);
    }),
  );
});
