import type { Stamp } from '@topgun/core/clock';
import { auth, defineRules } from '@topgun/core/rules';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JournalEvent } from './journal-event.js';
import { MAX_LOOKED_AT, MAX_PAGE_CHARS, readPage, type JournalPage } from './read-page.js';
import type { JournalCommit } from './recent-commits.js';
import { endOf, nextPosition, sequenceOf } from './sequence.js';

const stamp = '-------0---a.0' as Stamp;

const events: fc.Arbitrary<JournalEvent> = fc.record({
  type: fc.constant('add' as const),
  map: fc.constantFrom('m', 'n'),
  key: fc.constantFrom('a', 'b'),
  value: fc.record({ owner: fc.constantFrom('ann', 'bob') }),
  author: fc.constantFrom('ann', null),
  stamp: fc.constant(stamp),
});

const logs: fc.Arbitrary<readonly JournalCommit[]> = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 2 }), events: fc.array(events, { maxLength: 5 }) }), {
    maxLength: 12,
  })
  .map((steps) => {
    let position = 0;
    return steps.map(({ gap, events: all }) => ({ position: (position += gap), events: all }));
  });

/** The plainest answer: every event there is, with its sequence. */
const numbered = (log: readonly JournalCommit[]) =>
  log.flatMap(({ position, events: all }) =>
    all.map((event, index) => ({ sequence: sequenceOf({ position, index }), ...event })),
  );

const rules = defineRules({ m: { read: { where: { owner: auth.sub } } }, n: { read: false } });

/** Reads to the end, as whoever asks anew after each page. */
async function readAll(log: readonly JournalCommit[], after: number, limits: readonly number[], ask: Ask) {
  const latest = log.at(-1)?.position ?? 0;
  const pages: JournalPage[] = [];
  let through = after;
  for (let i = 0; ; i += 1) {
    const kept = log.filter(({ position }) => position >= nextPosition(through));
    const request = { after: through, limit: limits[i % limits.length]!, maps: ask.maps };
    const page = await readPage(request, kept, latest, ask.access);
    pages.push(page);
    through = page.through;
    if (!page.more) return pages;
  }
}

interface Ask {
  readonly maps: ReadonlySet<string> | null;
  readonly access: ReturnType<typeof rules.for> | null;
}

const limitLists = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

test('JO-3: pages of any size, from any event on, are together every event after it, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(logs, limitLists, fc.nat(), fc.boolean(), async (log, limits, start, ofOne) => {
      const all = numbered(log);
      const after = all.length === 0 ? 0 : ([0, ...all.map(({ sequence }) => sequence)][start % (all.length + 1)] ?? 0);
      const maps = ofOne ? new Set(['n']) : null;
      const pages = await readAll(log, after, limits, { maps, access: null });
      expect(pages.flatMap((page) => page.events)).toEqual(
        all.filter(({ sequence, map }) => sequence > after && (maps === null || maps.has(map))),
      );
      for (const [i, page] of pages.entries()) {
        expect(page.events.length).toBeLessThanOrEqual(limits[i % limits.length]!);
        // Nothing is said to be read that was not told, and each page gets on.
        expect(page.through).toBeGreaterThanOrEqual(page.events.at(-1)?.sequence ?? 0);
        if (page.more) expect(page.through).toBeGreaterThan(i === 0 ? after : pages[i - 1]!.through);
      }
      expect(pages.at(-1)?.through).toBe(Math.max(after, endOf(log.at(-1)?.position ?? 0)));
    }),
  );
});

test('JO-4: of what one may not read there is nothing, whatever the pages', async () => {
  await fc.assert(
    fc.asyncProperty(logs, limitLists, async (log, limits) => {
      const access = rules.for({ sub: 'ann' });
      const pages = await readAll(log, 0, limits, { maps: null, access });
      expect(pages.flatMap((page) => page.events)).toEqual(
        numbered(log).filter(({ map, value }) => map === 'm' && (value as { owner: string }).owner === 'ann'),
      );
    }),
  );
});

test('JO-3: what is later than the last commit that everybody has been told of is not told yet', async () => {
  const log = [1, 2, 3].map((position) => ({ position, events: [{ type: 'add', map: 'm' } as JournalEvent] }));
  const page = await readPage({ after: 0, limit: 9, maps: null }, log, 2, null);
  expect([page.events.map(({ sequence }) => sequence), page.through, page.more]).toEqual([
    [sequenceOf({ position: 1, index: 0 }), sequenceOf({ position: 2, index: 0 })],
    endOf(2),
    false,
  ]);
});

test('JO-3: a page is bounded in size and in work; a single event always goes', async () => {
  const large: JournalEvent = {
    type: 'add',
    map: 'm',
    key: 'k',
    value: 'x'.repeat(MAX_PAGE_CHARS + 1),
    author: null,
    stamp,
  };
  const log = [{ position: 1, events: [large, large, { ...large, value: 'x' }] }];
  const sizes = (await readAll(log, 0, [9], { maps: null, access: null })).map((page) => page.events.length);
  expect(sizes).toEqual([1, 1, 1]);
  const many = [{ position: 1, events: Array(MAX_LOOKED_AT + 10).fill({ ...large, value: 1 }) as JournalEvent[] }];
  const [first, second] = await readAll(many, 0, [1_000], { maps: new Set(['other']), access: null });
  expect([first?.events, first?.more, first?.through]).toEqual([
    [],
    true,
    sequenceOf({ position: 1, index: MAX_LOOKED_AT - 1 }),
  ]);
  expect(second?.more).toBe(false);
});
