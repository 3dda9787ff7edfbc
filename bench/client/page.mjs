// Runs in the browser: one page holds one subject. `load` runs its bundle; everything timed begins after that.

import { createRecords } from '../local/workload.mjs';

const subjects = {
  topgun: () => import('./subjects/topgun.mjs'),
  'topgun encrypted': () => import('./subjects/topgun-encrypted.mjs'),
  'topgun local-only': () => import('./subjects/topgun-local.mjs'),
  'topgun local-only encrypted': () => import('./subjects/topgun-local-encrypted.mjs'),
  'indexed rows': () => import('./subjects/indexed-rows.mjs'),
  'packed pages': () => import('./subjects/packed-pages.mjs'),
  'plain map': () => import('./subjects/plain-map.mjs'),
  dexie: () => import('./subjects/dexie.mjs'),
  tinybase: () => import('./subjects/tinybase.mjs'),
  yjs: () => import('./subjects/yjs.mjs'),
  rxdb: () => import('./subjects/rxdb.mjs'),
};

/** @type {import('./subject.mjs').Subject} */
let subject;
/** @type {import('./subject.mjs').Store} */
let store;

const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

/** What tells a wrong answer from a subject that cannot take part. */
const wrong = (what) => new Error(`wrong answer: ${what}`);

const textOf = ({ id, _key, score, title }) => `${id ?? _key} ${score} ${title}`;

async function assertHolds(records) {
  const held = new Map((await store.all()).map((record) => [record.id, record]));
  if (held.size !== records.length) throw wrong(`${held.size} records of ${records.length}`);
  for (const record of records) {
    const seen = held.get(record.id);
    for (const [name, value] of Object.entries(record)) {
      if (seen?.[name] !== value) throw wrong(`"${record.id}" has ${name} = ${seen?.[name]}, not ${value}`);
    }
  }
}

window.bench = {
  isIsolated: () => window.crossOriginIsolated,

  async load(name) {
    subject = await subjects[name]();
  },

  async clear() {
    for (const { name } of await indexedDB.databases()) {
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error);
      });
    }
  },

  async open(url) {
    store = await subject.open(url);
  },

  /** A client of that server which is not to connect. */
  async openOffline(url) {
    store = await subject.open(url, true);
  },

  settle: () => store.settle?.(),

  close: () => store.close(),

  /** Writes n records until they are durable. In ms. */
  async write(n) {
    const records = createRecords(n);
    performance.mark('the app writes');
    const startedAt = performance.now();
    await store.write(records);
    return performance.now() - startedAt;
  },

  /** Whether what is stored is what `write` wrote. */
  assertHolds: (n) => assertHolds(createRecords(n)),

  /** From here to the first answer that is the expected one. In ms. */
  async show(expected, patienceMs) {
    let last = [];
    /** @type {Promise<import('./subject.mjs').Store>} */
    let showing = Promise.resolve(store);
    const startedAt = performance.now();
    const took = await new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const at = expected.findIndex((row, i) => row !== last[i]);
        reject(wrong(`row ${at} of ${last.length} is "${last[at]}", not "${expected[at]}"`));
      }, patienceMs);
      showing = subject.show((rows) => {
        last = rows.map(textOf);
        if (last.length !== expected.length || expected.some((row, i) => row !== last[i])) return;
        clearTimeout(late);
        resolve(performance.now() - startedAt);
      });
      showing.catch(reject);
    });
    store = await showing;
    await pause();
    if (expected.some((row, i) => row !== last[i])) throw wrong('the first answer was right, and a later one was not');
    return took;
  },

  /** Single calls of `set`, twenty to a task as a busy app makes them, each timed by itself. In ms. */
  async calls(count, from) {
    const samples = [];
    for (let i = 0; i < count; i += 1) {
      if (i % 20 === 0) await pause();
      const at = from + i;
      const record = { id: `todo-${at}`, title: `Call ${at}`, done: false, score: at, priority: 1, note: 'Called' };
      const startedAt = performance.now();
      store.set(record);
      samples.push(performance.now() - startedAt);
    }
    return samples;
  },

  /** Whether all that was called is held. */
  async assertCalled(from, to) {
    const held = new Map((await store.all()).map((record) => [record.id, record]));
    for (let i = from; i < to; i += 1) {
      if (held.get(`todo-${i}`)?.title !== `Call ${i}`) throw wrong(`"todo-${i}" is not what was written`);
    }
  },

  pendingOps: () => store.client?.getPendingOpsCount() ?? null,

  /** Resolves when the server has decided all. */
  async drained() {
    while (store.client.getPendingOpsCount() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  },

  /** Resolves when the whole map is here, as the server has it. */
  async follow(limit) {
    const query = store.client.query('todos', { sort: [['score', 'desc']], limit });
    await new Promise((resolve) => {
      const look = () => query.getSnapshot().settled && resolve();
      query.subscribe(look);
      look();
    });
    return query.getSnapshot().data.length;
  },
};
