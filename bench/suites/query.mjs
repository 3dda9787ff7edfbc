// One sorted, limited live query over 1,000 to 1,000,000 records: single writes, bursts and batches, beside a Map and other libraries

import { readArguments } from '../method/arguments.mjs';
import { startBrowser } from '../method/browser.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';
import { createReport } from '../method/report.mjs';

const SUBJECTS = ['floor', 'topgun', '@tanstack/db', 'tinybase', 'rxdb'];
const PLACES = ['node', 'chromium'];
const CASES = ['update', 'burst', 'batch1000'];
/** Beyond it only the floor and TopGun: a round of the others would take minutes, or the memory of a page. */
const PEERS_UP_TO = 100_000;
const LENGTH = 1_000;

const { isQuick, json, only = [] } = readArguments();
const places = chosen(PLACES);
const names = chosen(SUBJECTS);
const cases = chosen(CASES);
const sizes = isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000];
const warmUps = isQuick ? 1 : 3;
const rounds = isQuick ? 3 : 15;
/** Each case at every size would take hours: the rates and the batches at one each. */
const sizesOf = { update: sizes, burst: [isQuick ? 10_000 : 100_000], batch1000: [10_000] };

// As a bundler would set it: some do more in development.
process.env.NODE_ENV = 'production';
const report = createReport('query');
const starters = { node: async () => nodeSubjects(), chromium: chromiumSubjects };
for (const place of places) {
  const { conditions, start, close } = await starters[place]();
  printConditions(conditions);
  try {
    for (const n of sizes) await measure(place, n, start);
  } finally {
    await close();
  }
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

/** What `--only` names of these; all when it names none of them. */
function chosen(all) {
  const some = all.filter((each) => only.includes(each));
  return some.length === 0 ? all : some;
}

function nodeSubjects() {
  return {
    conditions: {},
    async start() {
      const { ask, stop } = await startProcess(new URL('../query/peer.mjs', import.meta.url));
      return { ask, stop };
    },
    close: async () => {},
  };
}

async function chromiumSubjects() {
  const browser = await startBrowser(new URL('../query/page.html', import.meta.url), createDataFolder());
  return {
    conditions: { browser: browser.version },
    async start() {
      const { page, close } = await browser.openPage();
      const ask = (question, ...args) => page.evaluate(([q, all]) => window.bench[q](...all), [question, args]);
      return { ask, stop: close };
    },
    close: () => browser.close(),
  };
}

async function measure(place, n, start) {
  const here = cases.filter((name) => sizesOf[name].includes(n));
  if (here.length === 0) return;
  const subjects = [];
  for (const name of names.filter((each) => n <= PEERS_UP_TO || each === 'floor' || each === 'topgun')) {
    const peer = await start();
    const startedAt = performance.now();
    await peer.ask('open', name, n);
    console.log(`  ${place}, ${name}: ${n} records in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    subjects.push({ name, ...peer });
  }
  for (const name of here) await measureCase({ place, n, name, subjects });
  for (const { stop } of subjects) await stop();
}

async function measureCase({ place, n, name, subjects }) {
  const samples = new Map(subjects.map((subject) => [subject.name, []]));
  await interleave(subjects, warmUps + rounds, async (subject, round) => {
    const question = name === 'batch1000' ? 'batch' : name;
    const sample = await subject.ask(question, LENGTH, round % 5 === 0 || round === warmUps + rounds - 1);
    if (round >= warmUps) samples.get(subject.name).push(sample);
  });
  for (const [subject, each] of samples) {
    const add = (what, unit, values) =>
      report.add({ case: `query/${what}`, n, subject: label(place, subject), ...unit }, values);
    if (name !== 'burst') {
      add(`${name}@${place}`, { metric: 'latency', unit: 'ms' }, each);
      continue;
    }
    const rate = { metric: 'opsPerS', unit: 'ops/s' };
    add(
      `burst@${place}`,
      rate,
      each.map(({ shown }) => shown),
    );
    if (each[0].stored !== null)
      add(
        `burst-stored@${place}`,
        rate,
        each.map(({ stored }) => stored),
      );
  }
}

function label(_place, subject) {
  return subject;
}
