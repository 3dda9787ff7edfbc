// One live query over 1,000 to 1,000,000 records: single writes, bursts, batches, groups and joins, beside a Map and other libraries

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';
import { startPlace } from '../query/places.mjs';

const SUBJECTS = ['floor', 'topgun', '@tanstack/db', 'tinybase', 'rxdb'];
/** RxDB has neither groups nor joins. The engine of TopGun by itself shows what its client adds. */
const DERIVED_SUBJECTS = ['floor', 'topgun', 'topgun engine', '@tanstack/db', 'tinybase'];
/** Beyond it only the floor and TopGun: a round of the others would take minutes, or the memory of a page. */
const PEERS_UP_TO = 100_000;

const { isQuick, json, only = [] } = readArguments();
const allSizes = isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000];
const sizes = chosen(allSizes.map(String)).map(Number);
const large = isQuick ? 10_000 : 100_000;
const upToLarge = allSizes.filter((n) => n <= large);
/** Each case at every size would take hours. `bare` comes last: it ends the live query. */
const SIZES_OF = {
  update: allSizes,
  burst: [large],
  batch1000: [10_000],
  bare: [large],
  open: upToLarge,
  openGroups: upToLarge,
  openAll: upToLarge,
  group: upToLarge,
  join: upToLarge,
};
const QUESTIONS = {
  update: 'update',
  burst: 'burst',
  batch1000: 'batch',
  bare: 'bare',
  open: 'opened',
  openGroups: 'opened',
  openAll: 'opened',
  group: 'derived',
  join: 'derived',
};
const cases = chosen(Object.keys(SIZES_OF));
/** A burst; the batch of that many is what gives the case its name. */
const length = isQuick ? 100 : 1_000;
const warmUps = isQuick ? 1 : 5;
const rounds = isQuick ? 3 : 15;

// As a bundler would set it: some do more in development.
process.env.NODE_ENV = 'production';
const report = createReport('query');
for (const name of chosen(['node', 'chromium'])) {
  const place = await startPlace(name);
  printConditions(place.conditions);
  try {
    for (const n of sizes) await measureView(place, n);
    for (const kind of ['open', 'openGroups', 'openAll'].filter((name) => cases.includes(name))) {
      for (const n of sizes.filter((each) => SIZES_OF[kind].includes(each))) await measureOpening(place, n, kind);
    }
    for (const kind of ['group', 'join'].filter((name) => cases.includes(name))) {
      for (const n of sizes.filter((each) => SIZES_OF[kind].includes(each))) await measureDerived(place, n, kind);
    }
  } finally {
    await place.close();
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

/** @param {string} kind @param {readonly string[]} names @param {(ask: Function, name: string) => Promise<unknown>} open */
async function openAll(place, names, n, open) {
  const subjects = [];
  for (const name of chosen(names)) {
    const isPeer = !['floor', 'topgun', 'topgun engine'].includes(name);
    if (isPeer && n > PEERS_UP_TO) continue;
    const { ask, stop } = await place.start();
    const startedAt = performance.now();
    await open(ask, name);
    const took = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`  ${place.name}, ${name}: ${n} records in ${took} s`);
    subjects.push({ name, ask, stop });
  }
  return subjects;
}

async function measureView(place, n) {
  const here = Object.keys(SIZES_OF).filter((name) => cases.includes(name) && SIZES_OF[name].includes(n));
  const ofView = here.filter((name) => !['derived', 'opened'].includes(QUESTIONS[name]));
  if (ofView.length === 0) return;
  const subjects = await openAll(place, SUBJECTS, n, (ask, name) => ask('open', name, n));
  for (const name of ofView) await measureCase(place, n, name, subjects);
  for (const { stop } of subjects) await stop();
}

async function measureOpening(place, n, kind) {
  const names = ['floor', 'topgun'];
  const subjects = await openAll(place, names, n, (ask, name) => ask('openFor', name, n, kind));
  await measureCase(place, n, kind, subjects, kind === 'open' ? 10 : 3);
  for (const { stop } of subjects) await stop();
}

async function measureDerived(place, n, kind) {
  const subjects = await openAll(place, DERIVED_SUBJECTS, n, (ask, name) => ask('openDerived', name, n, kind));
  await measureCase(place, n, kind, subjects);
  for (const { stop } of subjects) await stop();
}

async function measureCase(place, n, name, subjects, turn = length) {
  const samples = new Map(subjects.map((subject) => [subject.name, []]));
  await interleave(subjects, warmUps + rounds, async (subject, round) => {
    const isChecked = round % 5 === 0 || round === warmUps + rounds - 1;
    const sample = await subject.ask(QUESTIONS[name], turn, isChecked);
    if (round >= warmUps) samples.get(subject.name).push(sample);
  });
  for (const [subject, all] of samples) {
    const add = (what, metric, unit, values) =>
      report.add({ case: `query/${what}-${place.name}`, n, subject, metric, unit }, values);
    if (name === 'burst') {
      add(
        'burst',
        'opsPerS',
        'ops/s',
        all.map(({ shown }) => shown),
      );
      if (all[0].stored !== null)
        add(
          'burst-stored',
          'opsPerS',
          'ops/s',
          all.map(({ stored }) => stored),
        );
    } else if (QUESTIONS[name] === 'opened') {
      const of = (metric) => all.map(({ [metric]: value }) => value);
      add(name, 'latency', 'ms', of('latency'));
      add(`${name}-longest`, 'latency', 'ms', of('longest'));
    } else if (name === 'bare') add('bare', 'opsPerS', 'ops/s', all);
    else add(name, 'latency', 'ms', all);
  }
}
