import type { JournalPage } from '@topgun/core';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { useEventJournal, type UseEventJournalOptions, type UseEventJournalResult } from './index.js';
import { mountHook, unmountAll, type Mounted } from './testing/mount.js';
import { createServedClient, type ServedClient } from './testing/served-client.js';

let served: ServedClient;

beforeEach(async () => {
  served = createServedClient();
  await served.settle();
});
afterEach(async () => {
  unmountAll();
  await served.client.close();
});

const happen = (what: () => void = () => {}): Promise<void> =>
  act(async () => {
    what();
    await served.settle();
  });

const mount = (options: UseEventJournalOptions): Mounted<UseEventJournalResult> =>
  mountHook(served.client, () => useEventJournal({ ...options }));

const sequences = ({ events }: UseEventJournalResult): readonly number[] => events.map(({ sequence }) => sequence);

describe('JO-7: useEventJournal', () => {
  it('shows what there is, what comes, and the last ones alone', async () => {
    for (let i = 0; i < 3; i += 1) served.journal.add({});
    const mounted = mount({ after: 0, limit: 2, maps: ['todos'] });
    expect(mounted.last).toEqual({ events: [], through: null, error: null });
    await happen();
    expect([sequences(mounted.last), mounted.last.through]).toEqual([[20, 30], 30]);
    await happen(() => served.journal.add({}));
    expect(sequences(mounted.last)).toEqual([30, 40]);
  });

  it('asks once whatever is rendered with options that mean the same, and anew for others', async () => {
    served.journal.add({ map: 'todos' });
    served.journal.add({ map: 'notes' });
    const hook = (maps: string[]) => () => useEventJournal({ after: 0, maps: [...maps] });
    const mounted = mountHook(served.client, hook(['todos']));
    await happen();
    const asked = served.journal.asked.length;
    for (let i = 0; i < 3; i += 1) mounted.rerender(hook(['todos']));
    await happen();
    expect([served.journal.asked.length, sequences(mounted.last)]).toEqual([asked, [10]]);
    mounted.rerender(hook(['notes']));
    await happen();
    expect(sequences(mounted.last)).toEqual([20]);
  });

  it('tells each page once, to the function of the last render', async () => {
    const pages: (readonly [render: number, JournalPage])[] = [];
    const hook = (render: number) => () =>
      useEventJournal({ after: 0, onPage: (page) => void pages.push([render, page]) });
    const mounted = mountHook(served.client, hook(1));
    await happen(() => served.journal.add({}));
    mounted.rerender(hook(2));
    await happen(() => served.journal.add({}));
    expect(pages.map(([render, { events }]) => [render, events.map(({ sequence }) => sequence)])).toEqual([
      [1, [10]],
      [2, [20]],
    ]);
  });

  it('says what is missing and goes on; says why there is none', async () => {
    served.journal.trim(30);
    const mounted = mount({ after: 10 });
    await happen(() => served.journal.add({}));
    expect([mounted.last.error?.code, sequences(mounted.last)]).toEqual(['journal-trimmed', [40]]);
    // Effects run twice.
    served.journal.refuse('no-journal', 'no-journal');
    const none = mount({ after: 0 });
    await happen();
    expect(none.last.error?.code).toBe('no-journal');
  });

  it('leaves no question when it is gone, nor two where effects run twice', async () => {
    const mounted = mountHook(served.client, () => useEventJournal({ after: 0 }));
    await happen();
    expect(served.journal.waiting()).toBe(1);
    mounted.unmount();
    await happen();
    expect(served.journal.waiting()).toBe(0);
  });
});
