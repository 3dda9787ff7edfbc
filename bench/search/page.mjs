// Runs in the browser: one subject over so many documents, and a count of the frames meanwhile.

import { MemoryAdapter, TopGunClient } from '@topgun/core';
import MiniSearch from 'minisearch';

import { keyOf, textOf } from './workload.mjs';

const FIELDS = { docs: { fields: ['text'] } };
const TYPED = 'hello world';

/** The documents of the workload, a third of which greet, and a fifth of which the world. */
const documentOf = (i) => ({ text: `${i % 3 === 0 ? 'hello ' : ''}${i % 5 === 0 ? 'world ' : ''}${textOf(i)}` });
/** What is expected of the whole text. */
const greetings = (n) => Math.ceil(n / 15);

const subjects = {
  /** Nobody searches: the frames of a page at rest on this machine. */
  idle: () => ({ put: () => {}, search: () => Promise.resolve(null), close: () => {} }),
  topgun: () => createTopGun({}),
  /** Without a worker. */
  'topgun page': () => createTopGun({ environment: { startSearchWorker: undefined } }),
  /** MiniSearch on the page, as its documentation uses it. */
  floor() {
    const index = new MiniSearch({ fields: ['text'], idField: 'key' });
    return {
      put(key, document) {
        if (index.has(key)) index.replace({ key, ...document });
        else index.add({ key, ...document });
      },
      search: (text) => Promise.resolve(index.search(text, { prefix: true, fuzzy: 0.2, combineWith: 'AND' }).length),
      close: () => {},
    };
  },
};

function createTopGun(options) {
  const client = new TopGunClient({ storage: new MemoryAdapter(), search: FIELDS, ...options });
  const docs = client.getMap('docs');
  let stop = () => {};
  return {
    put: (key, document) => docs.set(key, document),
    /** As somebody types: the search for the text before is given up. Resolves to how many it finds, `null` if it was given up. */
    search(text) {
      stop();
      return new Promise((resolve) => {
        const end = client.searchSubscribe('docs', text).subscribe(({ total, loading }) => {
          if (!loading) resolve(total);
        });
        stop = () => {
          end();
          resolve(null);
        };
      });
    },
    /** So many searches that stay open. */
    follow(text, heard) {
      return client.searchSubscribe('docs', text, { limit: 20 }).subscribe(heard);
    },
    close: () => client.close(),
  };
}

/** Times between frames, until the returned function is called. */
function watchFrames() {
  const gaps = [];
  let last = null;
  let isOver = false;
  const frame = (at) => {
    if (last !== null) gaps.push(at - last);
    last = at;
    if (!isOver) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return () => {
    isOver = true;
    return gaps;
  };
}

/** Processor time of the longest task, as far as tasks of 50 ms and more are told of. */
function watchTasks() {
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ entryTypes: ['longtask'] });
  return () => {
    observer.disconnect();
    return tasks;
  };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let subject = null;
let size = 0;

window.bench = {
  isIsolated: () => window.crossOriginIsolated,
  /** Resolves to milliseconds until the first search is answered, and what the page was kept from meanwhile. */
  async open(name, n) {
    size = n;
    subject = subjects[name]();
    for (let i = 0; i < n; i += 1) {
      subject.put(keyOf(i), documentOf(i));
      if (i % 500 === 0) await sleep(0);
    }
    const endTasks = watchTasks();
    const startedAt = performance.now();
    const total = await subject.search(TYPED);
    if (total !== null && total !== greetings(n)) throw new Error(`${name} finds ${total}, not ${greetings(n)}`);
    const readyMs = performance.now() - startedAt;
    await sleep(200);
    return { readyMs, longTasks: endTasks() };
  },
  /** Types letter by letter. Resolves to the times between frames, tasks over 50 ms, and milliseconds from the last letter to its answer. */
  async type(pauseMs) {
    const endFrames = watchFrames();
    const endTasks = watchTasks();
    let answeredMs = 0;
    for (let length = 1; length <= TYPED.length; length += 1) {
      const startedAt = performance.now();
      const answer = subject.search(TYPED.slice(0, length));
      if (length < TYPED.length) await sleep(pauseMs);
      else {
        const total = await answer;
        if (total !== null && total !== greetings(size)) throw new Error(`finds ${total}, not ${greetings(size)}`);
        answeredMs = performance.now() - startedAt;
      }
    }
    await sleep(100);
    return { gaps: endFrames(), tasks: endTasks(), answeredMs };
  },
  /** Changes documents while so many searches are open. Resolves to milliseconds of each call, and until all that concerns is shown. */
  async write(open, count, seed) {
    const heard = new Set();
    const stops = Array.from({ length: open }, (_, i) => subject.follow(`live${i}`, () => heard.add(i)));
    await sleep(500);
    heard.clear();
    const calls = [];
    const startedAt = performance.now();
    for (let i = 0; i < count; i += 1) {
      const { text } = documentOf(size + seed * count + i);
      const begun = performance.now();
      subject.put(keyOf((seed * 7_919 + i * 31) % size), { text: `${text} live${i % Math.max(open, 1)}` });
      calls.push(performance.now() - begun);
    }
    while (heard.size < Math.min(open, count)) await sleep(1);
    const shownMs = performance.now() - startedAt;
    for (const stop of stops) stop();
    return { calls, shownMs };
  },
  close: () => subject.close(),
};
