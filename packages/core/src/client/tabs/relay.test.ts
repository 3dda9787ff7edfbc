import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';
import type { TabGroup } from '../ports/tabs.js';
import { TEXT_FROM } from './channel-codec.js';
import { placeLocks } from './place-lock.js';
import { createRelay, type RelayOptions } from './relay.js';
import type { TabMessage } from './tab-message.js';

/** Of as many records as make a message large, or of one. */
const message = (map: string, isLarge: boolean): TabMessage => ({
  type: 'event',
  event: {
    type: 'changes',
    maps: [
      { map, changes: Array.from({ length: isLarge ? TEXT_FROM : 1 }, (_, i) => ({ type: 'drop', key: `k${i}` })) },
    ],
    subs: [],
    through: null,
  },
});
const large = (map: string): TabMessage => message(map, true);
const small = (map: string): TabMessage => message(map, false);
const nameOf = (heard: TabMessage): string =>
  heard.type === 'event' && heard.event.type === 'changes' ? (heard.event.maps[0]?.map ?? '') : heard.type;

/** A tab's end, and what another one hears. */
function aside(options: Partial<RelayOptions>) {
  const tabs = createMemoryTabs({ delivery: 'manual' });
  const [group, other] = [tabs.openTab().port.join('x'), tabs.openTab().port.join('x')];
  const heard: string[] = [];
  createRelay({ group: other, tab: 'other', log() {}, onMessage: (each) => heard.push(nameOf(each)) });
  const relay = createRelay({ group, tab: 'own', log() {}, onMessage() {}, ...options });
  return {
    relay,
    heard() {
      tabs.pumpAll();
      return heard.splice(0);
    },
  };
}

/** An answer to each question, when it is given. */
function questions() {
  const asked: ((isAlone: boolean | Error) => void)[] = [];
  return {
    count: () => asked.length,
    isAlone: () =>
      new Promise<boolean>((resolve, reject) =>
        asked.push((answer) => (typeof answer === 'boolean' ? resolve(answer) : reject(answer))),
      ),
    async answer(isAlone: boolean | Error) {
      asked.shift()?.(isAlone);
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
  };
}

const mayBeAlone = (): boolean => true;

describe('what a tab says that may be alone', () => {
  it('CL-4: one that says hello and names what is pending names it to nobody either', async () => {
    const { isAlone, answer, count } = questions();
    const { relay, heard } = aside({ mayBeAlone, isAlone });
    const hello = (length: number): TabMessage => ({
      type: 'tab',
      replicas: [],
      subs: [],
      questions: [],
      pending: Array.from({ length }, (_, i) => ({ replica: 'a.0' as ReplicaId, seq: i + 1 })),
    });
    relay.post(hello(TEXT_FROM - 1));
    expect([heard(), count()]).toEqual([['tab'], 0]);
    relay.post(hello(TEXT_FROM));
    await answer(true);
    expect(heard()).toEqual([]);
    relay.post(hello(TEXT_FROM));
    await answer(false);
    expect(heard()).toEqual(['tab']);
  });

  it('CL-4: a large message is not posted where no tab has a place, and is where one has', async () => {
    const { isAlone, answer } = questions();
    const { relay, heard } = aside({ mayBeAlone, isAlone });
    relay.post(large('nobody'));
    await answer(true);
    expect(heard()).toEqual([]);
    relay.post(large('somebody'));
    await answer(false);
    expect(heard()).toEqual(['somebody']);
  });

  it('CL-4: a small one is posted at once, and nothing is asked; so is a large one of a tab that knows others, or cannot ask', () => {
    const { isAlone, count } = questions();
    const { relay, heard } = aside({ mayBeAlone, isAlone });
    relay.post(small('a'));
    expect(heard()).toEqual(['a']);
    const knowing = aside({ mayBeAlone: () => false, isAlone });
    knowing.relay.post(large('b'));
    expect(knowing.heard()).toEqual(['b']);
    const unable = aside({});
    unable.relay.post(large('c'));
    expect(unable.heard()).toEqual(['c']);
    expect(count()).toBe(0);
  });

  it('CL-4: what comes while it is asked keeps its place; what is large of it is asked for anew', async () => {
    const { isAlone, answer, count } = questions();
    const { relay, heard } = aside({ mayBeAlone, isAlone });
    relay.post(large('a'));
    relay.post(small('b'));
    relay.post(large('c'));
    expect(heard()).toEqual([]);
    await answer(true);
    expect(heard()).toEqual([]);
    expect(count()).toBe(1);
    await answer(false);
    expect(heard()).toEqual(['b', 'c']);
    relay.post(small('d'));
    expect(heard()).toEqual(['d']);
  });

  it('CL-4: where it cannot be told all is posted, and so is what waits when the tab stops', async () => {
    const { isAlone, answer } = questions();
    const { relay, heard } = aside({ mayBeAlone, isAlone });
    relay.post(large('a'));
    await answer(new Error('no'));
    expect(heard()).toEqual(['a']);
    relay.post(large('b'));
    relay.post(small('c'));
    relay.stop();
    expect(heard()).toEqual(['b', 'c']);
    await answer(true);
    expect(heard()).toEqual([]);
  });
});

/** One tab stores and tells; another joins, listens, has a place, and reads what is stored. Returns what it came to know, of so many. */
async function joinMeanwhile(seed: number, askEarly: boolean): Promise<readonly string[]> {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % below;
  };
  const pause = async (): Promise<void> => {
    for (let i = random(4); i > 0; i--) await Promise.resolve();
  };
  const tabs = createMemoryTabs();
  const join = (): TabGroup => tabs.openTab().port.join('x');
  const storage: string[] = [];
  const group = join();
  await group.tryLock(`${placeLocks('x')}0`);
  const isAlone = async (): Promise<boolean> => (await group.countHeld?.(placeLocks('x'))) === 1;
  let early = Promise.resolve(true);
  const relay = createRelay({
    group,
    tab: 'a',
    log() {},
    onMessage() {},
    mayBeAlone,
    isAlone: () => (askEarly ? early : isAlone()),
  });
  const known = new Set<string>();

  async function writer(): Promise<void> {
    for (let i = 0; i < TOLD; i++) {
      if (askEarly) early = isAlone();
      await pause();
      storage.push(`m${i}`);
      await pause();
      relay.post(large(`m${i}`));
    }
  }
  async function joiner(): Promise<void> {
    for (let i = random(12); i > 0; i--) await pause();
    const own = join();
    createRelay({ group: own, tab: 'b', log() {}, onMessage: (each) => known.add(nameOf(each)) });
    await own.tryLock(`${placeLocks('x')}1`);
    await pause();
    for (const name of storage) known.add(name);
  }
  await Promise.all([writer(), joiner()]);
  await new Promise((resolve) => setImmediate(resolve));
  return [...known];
}

const TOLD = 6;
const SEEDS = Array.from({ length: 150 }, (_, i) => i + 1);
const knownOf = (askEarly: boolean): Promise<number[]> =>
  Promise.all(SEEDS.map(async (seed) => (await joinMeanwhile(seed, askEarly)).length));

describe('a tab that joins meanwhile', () => {
  it('CL-4: knows by what is stored or by what is said all that there is, whenever it comes', async () => {
    expect((await knownOf(false)).filter((known) => known !== TOLD)).toEqual([]);
  });

  it('CL-4: would miss some if it were asked who is there before what is told is stored', async () => {
    expect((await knownOf(true)).filter((known) => known !== TOLD)).not.toEqual([]);
  });
});
