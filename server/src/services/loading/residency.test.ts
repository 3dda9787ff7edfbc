import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stepResidency, type Residency, type ResidencyEvent } from './residency.js';

const STATES: readonly Residency[] = ['cold', 'loading', 'hot', 'draining'];
const EVENTS: readonly ResidencyEvent[] = ['wanted', 'loaded', 'failed', 'drain', 'stored', 'kept'];

test('PI-7, PI-45: every event in every state, as it is decided', () => {
  const table = STATES.map((state) => EVENTS.map((event) => Object.values(stepResidency(state, event)).join(' ')));
  expect(table).toEqual([
    ['loading load', 'cold none', 'cold none', 'cold none', 'cold none', 'cold none'],
    ['loading wait', 'hot serve', 'cold refuse', 'loading none', 'loading none', 'loading none'],
    ['hot serve', 'hot none', 'hot none', 'draining store', 'hot none', 'hot none'],
    ['hot serve', 'draining none', 'draining none', 'draining none', 'cold drop', 'hot none'],
  ]);
});

test('PI-7, PI-45: whatever happens, at most one load is under way, who waits is answered once, nobody is served what is not here, and nothing goes that was wanted after it was chosen', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
      let residency: Residency = 'cold';
      let loads = 0;
      let waiting = 0;
      let wantedSinceChosen = true;
      for (const event of events) {
        const { next, action } = stepResidency(residency, event);
        if (action === 'load') loads += 1;
        if (action === 'load' || action === 'wait') waiting += 1;
        // What comes of a load ends it, unless it was given up before.
        if (residency === 'loading' && (event === 'loaded' || event === 'failed')) loads -= 1;
        if (event !== 'wanted' && (action === 'serve' || action === 'refuse')) waiting = 0;
        if (event === 'wanted' && action === 'serve') expect(['hot', 'draining']).toContain(residency);
        expect(loads).toBe(next === 'loading' ? 1 : 0);
        expect(waiting > 0).toBe(next === 'loading');
        if (action === 'store') wantedSinceChosen = false;
        if (event === 'wanted') wantedSinceChosen = true;
        if (action === 'drop') expect(wantedSinceChosen).toBe(false);
        residency = next;
      }
    }),
  );
});
