import { describe, expect, test } from 'vitest';

import { parseSearch, parseSearchDefinition, type HostReport, type HostRequest } from '../../search/index.js';
import { SlicedWork } from '../state/sliced-work.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { localHost } from './local-host.js';

const SENT = { fields: ['title'], stopWords: [] };
const OPEN: HostRequest = { type: 'open', index: 1, definition: SENT, isKept: false };

/** A host as the worker has it, with a clock by which each step takes a whole turn. */
function hosted() {
  const time = createVirtualTime();
  let [now, turns] = [0, 0];
  const { begin } = new SlicedWork({
    clock: { now: () => (now += 8) },
    timers: {
      after: (delayMs, run) =>
        time.timers.after(delayMs, () => {
          turns++;
          run();
        }),
    },
  });
  const reports: HostReport[] = [];
  const deaths: string[] = [];
  const link = localHost(
    begin,
    () => undefined,
  )({ report: (report) => void reports.push(report), died: (reason) => void deaths.push(reason) });
  return { ...link, time, reports, deaths, turns: () => turns };
}

const rank = (ask: number, text: string): HostRequest => {
  const definition = parseSearchDefinition(SENT);
  const query = definition.ok && parseSearch(definition.value, text, {});
  if (!query || !query.ok) throw new Error('it is no search');
  return { type: 'rank', index: 1, ask, lookup: query.value };
};
const long = Array.from({ length: 5_000 }, (_, i) => `文${i % 2_500}`).join('');
const put = (title: string): HostRequest => ({ type: 'put', index: 1, records: [[7, 'k', [title]]] });

describe('SE-13, SE-25: where an index is', () => {
  test('a long text takes many turns, between which what is said is heard: what is taken back is not answered', async () => {
    const { post, time, reports, turns } = hosted();
    for (const request of [OPEN, put(long), rank(1, '文2499'), rank(2, '文2499')]) post(request);
    await time.advance(1);
    expect(turns()).toBeGreaterThan(40);
    expect(reports.map((report) => (report.type === 'ranked' ? [report.ask, ...report.text.numbers] : []))).toEqual([
      [1, 7],
      [2, 7],
    ]);
    post(put(`${long} milk`));
    post(rank(3, 'milk'));
    time.timers.after(0, () => post({ type: 'cancel', ask: 3 }));
    await time.advance(1);
    expect(reports.slice(2)).toEqual([{ type: 'cleared', index: 1 }]);
  });

  test('what is asked is answered, however fast records come: after what had been said when it was its turn', async () => {
    const { post, time, reports, turns } = hosted();
    post(OPEN);
    let said = 0;
    const more = (): void => {
      if (reports.length > 0 || said >= 500) return;
      for (let i = 0; i < 2; i++) post({ type: 'put', index: 1, records: [[said, `k${said++}`, ['milk']]] });
      time.timers.after(0, more);
    };
    more();
    post(rank(1, 'milk'));
    await time.advance(1);
    const [report] = reports;
    expect(report?.type === 'ranked' && report.ask).toBe(1);
    expect(said).toBeLessThan(100);
    expect(turns()).toBeGreaterThan(said);
  });

  test('nothing is done any more once it has ended, in the middle of a record, and an error is its end', async () => {
    const { post, stop, time, turns, deaths, reports } = hosted();
    for (const request of [OPEN, put(long), rank(1, '文1')]) post(request);
    time.timers.after(0, stop);
    await time.advance(1);
    expect([turns() < 5, reports]).toEqual([true, []]);
    const other = hosted();
    other.post(put('milk'));
    await other.time.advance(1);
    expect([deaths.length, other.deaths]).toEqual([0, ['there is no index 1']]);
  });
});
