import type { Visibility } from '@topgun/core/rules';
import { describe, expect, test } from 'vitest';
import { createManualTimers } from '../../testing/manual-timers.js';
import { MapWorld } from '../../testing/map-world.js';
import { SearchQuestions, type SearchAnswered } from './search-questions.js';
import { ViewRegistry } from './view-registry.js';

const MAP = 'docs';
/** Whoever sees less than there is: each record itself is asked then. */
const SEEN: Visibility = { key: 'some', where: null, see: (_key, record) => record };

/** How many words are read in one turn, and in all, while a search of these titles is counted, and what comes of it. */
function counted(titles: readonly string[], seen: Visibility | null, complete: boolean) {
  let read = 0;
  const tokenizer = {
    name: 'counting',
    *split(text: string) {
      for (const { index, 0: word } of text.matchAll(/\S+/g)) {
        read++;
        yield { start: index, end: index + word.length };
      }
    },
  };
  const world = new MapWorld();
  world.commit(titles.map((title, i) => ({ kind: 'create', map: MAP, key: `k${i}`, fields: { title } })));
  const timers = createManualTimers();
  const views = new ViewRegistry(world, 1_000, undefined, timers, { [MAP]: { fields: ['title'], tokenizer } });
  const told: SearchAnswered[] = [];
  const questions = new SearchQuestions({
    searches: views.searches,
    source: world,
    seenBy: () => () => seen,
    load: () => null,
    timers,
    tell: (_session, answer) => told.push(answer),
  });
  const search = {
    text: 'milk',
    fields: ['title'],
    boosts: [['title', 1] as const],
    prefix: true,
    fuzzy: 0,
    combineWith: 'AND' as const,
  };
  const query = { where: { type: 'and' as const, of: [] }, sort: [], limit: 1, search };
  const ask = (id: number): void =>
    questions.ask('s', { type: 'ask-search', id, map: MAP, query, ...(complete ? { complete: 3 } : {}) });
  ask(1);
  while (told.length === 0) timers.runAll();
  // The index is made by now; of another question the words are those that counting reads.
  told.length = 0;
  questions.endAll('s');
  while (timers.pending > 0) timers.runAll();
  ask(2);
  let [most, all, turns] = [0, 0, 0];
  for (; told.length === 0; turns++) {
    read = 0;
    timers.runAll();
    [most, all] = [Math.max(most, read), all + read];
  }
  return { most, all, turns, answer: told[0] };
}

const words = (count: number): string => Array.from({ length: count }, (_, i) => `文${i}`).join(' ');

describe('SE-13, SE-44: few words are read in a turn in which a search is counted', () => {
  test.each([
    [
      'of many records whose reader sees less, each with some',
      Array.from({ length: 300 }, () => `${words(60)} milk`),
      SEEN,
      false,
    ],
    [
      'of few records whose reader sees less, each with many',
      Array.from({ length: 8 }, () => `${words(2_500)} milk`),
      SEEN,
      false,
    ],
    [
      'of many records whose words complete something',
      Array.from({ length: 300 }, () => `${words(60)} milky`),
      null,
      true,
    ],
    [
      'of few with many words that complete something',
      Array.from({ length: 8 }, () => `${words(2_500)} milky`),
      null,
      true,
    ],
  ] as const)('%s', (_what, titles, seen, complete) => {
    const { all, answer, most, turns } = counted(titles, seen, complete);
    expect(answer).toMatchObject({ total: titles.length });
    if (complete) expect(answer).toMatchObject({ completions: [['milky', titles.length]] });
    expect(all).toBeGreaterThan(titles.length * 60);
    // Sixteen steps.
    expect(most).toBeLessThanOrEqual(16 * 2 * 128);
    // Nor are there more turns than it takes.
    expect(turns).toBeLessThan(8 + (4 * all) / (16 * 128));
  });
});
