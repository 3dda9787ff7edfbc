import type { Stamp } from '@topgun/core/clock';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JournalEvent } from './journal-event.js';
import { RecentCommits, type JournalCommit } from './recent-commits.js';

const event: JournalEvent = {
  type: 'add',
  map: 'm',
  key: 'k',
  value: 1,
  author: null,
  stamp: '-------0---a.0' as Stamp,
};

/** Commits at growing positions, some positions left out: those had no events. */
const commits: fc.Arbitrary<readonly JournalCommit[]> = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), events: fc.integer({ min: 1, max: 6 }) }), { maxLength: 40 })
  .map((steps) => {
    let position = 10;
    return steps.map(({ gap, events }) => ({ position: (position += gap), events: Array(events).fill(event) as [] }));
  });

test('JO-3: what is said of the last commits is all there was of them, or nothing', () => {
  fc.assert(
    fc.property(commits, fc.integer({ min: 8, max: 140 }), fc.integer({ min: 1, max: 30 }), (all, position, max) => {
      const recent = new RecentCommits(10, max);
      for (const commit of all) recent.add(commit);
      const since = recent.since(position);
      if (since !== null) expect(since).toEqual(all.filter((commit) => commit.position > position));
      else expect(position < 10 || all.some((commit) => commit.position > position)).toBe(true);
    }),
  );
});

test('JO-3: no more than so many events are held, and the last ones always are', () => {
  fc.assert(
    fc.property(commits, fc.integer({ min: 12, max: 30 }), (all, max) => {
      const recent = new RecentCommits(10, max);
      for (const commit of all) {
        recent.add(commit);
        expect(recent.since(commit.position - 1)).toEqual([commit]);
        const held = all.filter(({ position }) => recent.since(position - 1) !== null && position <= commit.position);
        expect(held.reduce((sum, { events }) => sum + events.length, 0)).toBeLessThanOrEqual(max);
      }
    }),
  );
});
