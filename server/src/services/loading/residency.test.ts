import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stepResidency, type Residency, type ResidencyEvent } from './residency.js';

const STATES: readonly Residency[] = ['cold', 'loading', 'hot'];
const EVENTS: readonly ResidencyEvent[] = ['wanted', 'loaded', 'failed'];

test('PI-7: every event in every state, as it is decided', () => {
  const table = STATES.map((state) => EVENTS.map((event) => Object.values(stepResidency(state, event)).join(' ')));
  expect(table).toEqual([
    ['loading load', 'cold none', 'cold none'],
    ['loading wait', 'hot serve', 'cold refuse'],
    ['hot serve', 'hot none', 'hot none'],
  ]);
});

test('PI-7: whatever happens, at most one load is under way, who waits is answered once, and nobody is served what is not here', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
      let residency: Residency = 'cold';
      let loads = 0;
      let waiting = 0;
      for (const event of events) {
        const { next, action } = stepResidency(residency, event);
        if (action === 'load') loads += 1;
        if (action === 'load' || action === 'wait') waiting += 1;
        // What comes of a load ends it, unless it was given up before.
        if (residency === 'loading' && event !== 'wanted') loads -= 1;
        if (event !== 'wanted' && (action === 'serve' || action === 'refuse')) waiting = 0;
        if (event === 'wanted' && action === 'serve') expect(residency).toBe('hot');
        expect(loads).toBe(next === 'loading' ? 1 : 0);
        expect(waiting > 0).toBe(next === 'loading');
        residency = next;
      }
    }),
  );
});
