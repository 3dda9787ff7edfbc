// Full-text search over 10,000 and 100,000 documents of 50 words, beside bare MiniSearch; how good what is found is; and as many vectors of 384 numbers

import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';
import { createReport } from '../method/report.mjs';
import { measureChromium } from '../search/chromium.mjs';
import { judge } from '../search/quality.mjs';
import { measureSteps } from '../search/steps.mjs';
import { measureVectors } from '../search/vectors.mjs';
import { quantile } from '../method/statistics.mjs';

const { isQuick, json, only = [] } = readArguments();
const SUBJECTS = ['floor', 'topgun'];
const allSizes = isQuick ? [1_000] : [10_000, 100_000];
const PARTS = ['index', 'steps', 'type-ahead', 'write', 'vector', 'quality'];
const parts = only.filter((part) => PARTS.includes(part));
const isAsked = (part) => parts.length === 0 || parts.includes(part);
const asked = only.filter((part) => !PARTS.includes(part));
const sizes = asked.length === 0 ? allSizes : allSizes.filter((n) => asked.includes(String(n)));
const warmUps = isQuick ? 1 : 3;
const rounds = isQuick ? 2 : 10;
const questions = isQuick ? 10 : 20;
const writes = isQuick ? 20 : 100;

const report = createReport('search');
printConditions();
if (isAsked('index')) for (const n of sizes) await measure(n);
if (isAsked('steps')) await measureSteps({ sizes, isQuick, report });
if (isAsked('type-ahead') || isAsked('write')) await measureChromium({ sizes, isQuick, report, isAsked });
if (isAsked('vector')) await measureVectors({ sizes, isQuick, report });
report.print();
if (isAsked('quality')) printQuality();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);

async function measure(n) {
  const subjects = [];
  for (const name of SUBJECTS) {
    const peer = await startProcess(new URL('../search/subject.mjs', import.meta.url), [name]);
    report.add({ case: 'search/build', n, subject: name, metric: 'per document', unit: 'ms' }, [
      await peer.ask('build', n),
    ]);
    subjects.push({ name, peer });
  }
  for (let seed = 0; seed < 50; seed += 1) {
    const [floor, topgun] = await Promise.all(subjects.map(({ peer }) => peer.ask('found', seed)));
    if (topgun !== floor) throw new Error(`of question ${seed}, topgun finds ${topgun} documents, not ${floor}`);
  }
  await measureCase('query', n, subjects, (peer, round) => peer.ask('query', questions, round + 1), 'per query');
  await measureCase('load', n, subjects, async (peer) => [await peer.ask('load')], 'all', 3);
  await measureCase(
    'write',
    n,
    subjects,
    async (peer, round) => [await peer.ask('write', writes, round + 1)],
    'per document',
  );
  for (const { name, peer } of subjects) {
    report.add({ case: 'search/memory', n, subject: name, metric: 'heap', unit: 'MB' }, [await peer.ask('heapMb')]);
    await peer.stop();
  }
}

async function measureCase(name, n, subjects, ask, metric, times = rounds) {
  const samples = new Map(SUBJECTS.map((subject) => [subject, []]));
  await interleave(subjects, warmUps + times, async ({ name: subject, peer }, round) => {
    const each = await ask(peer, round);
    if (round >= warmUps) samples.get(subject).push(...each);
  });
  for (const [subject, each] of samples) {
    report.add({ case: `search/${name}`, n, subject, metric, unit: 'ms' }, each);
    if (name === 'query') console.log(`  ${subject}, ${n}: p95 of a query ${quantile(each, 0.95).toFixed(2)} ms`);
  }
}

function printQuality() {
  console.log('\nsearch/quality: nDCG@10 over notes and questions written for it');
  for (const { kind, subject, ndcg, count } of judge()) {
    console.log(`  ${kind.padEnd(9)} ${subject.padEnd(11)} ${ndcg.toFixed(3)}  (${count} questions)`);
  }
}
