// The part `vector` of the suite: records with embeddings of 384 numbers, and which of them are nearest: found by a look at each, and by an approximate index.

import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const SUBJECTS = ['floor', 'topgun', 'approximate'];
/** So many take part in a search by their vectors. */
const NEAREST = 100;
/** The least of which there is an approximate index, or a little more. */
const APPROXIMATE_FROM = 12_000;
/** Of vectors without structure an index is made and found to be of no use, which takes minutes where they are many. */
const UNSTRUCTURED = 20_000;

/** CPU time throughout: each process counts its own. */
export async function measureVectors({ sizes, isQuick, report }) {
  const times = isQuick ? [1, 2, 5] : [2, 8, 10];
  for (const n of isQuick ? [APPROXIMATE_FROM] : sizes)
    await measure({ n, name: 'vector', kind: 'centres', times, report });
  if (!isQuick && sizes.some((n) => n >= UNSTRUCTURED)) {
    await measure({ n: UNSTRUCTURED, name: 'vector/unstructured', kind: 'anywhere', times, report });
  }
}

async function measure({ n, name: part, kind, times: [warmUps, rounds, questions], report }) {
  const subjects = [];
  const add = (what, subject, metric, samples, unit = 'ms') =>
    report.add({ case: `${part}/${what}`, n, subject, metric, unit }, samples);
  for (const name of SUBJECTS) {
    const peer = await startProcess(new URL('./vector-subject.mjs', import.meta.url), [name, kind]);
    add('build', name, 'per record', [await peer.ask('build', n)]);
    subjects.push({ name, peer });
  }
  const { peer: approximate } = subjects.at(-1);
  const made = await approximate.ask('approximate');
  add('approximate', 'approximate', 'made, per record', [made.sum / n]);
  add('approximate', 'approximate', 'the longest step', [made.longest]);
  add('approximate', 'approximate', 'the longest step but a thousandth', [made.p999]);
  add('approximate', 'approximate', 'resident', [made.mb], 'MB');
  await compare({ part, n, subjects });
  const each = async (what, metric, among, ask) => {
    const samples = new Map(among.map(({ name }) => [name, []]));
    await interleave(among, warmUps + rounds, async ({ name, peer }, round) => {
      const some = await ask(peer, round + 1);
      if (round >= warmUps) samples.get(name).push(...some);
    });
    for (const [name, all] of samples) add(what, name, metric, all);
  };
  await each('query', 'per search', subjects, (peer, round) => peer.ask('query', questions, round));
  const topgun = subjects.filter(({ name }) => name !== 'floor');
  await each('step', 'the longest', topgun, (peer, round) => peer.ask('longestStep', questions, round));
  await each('write', 'per record', subjects, async (peer, round) => [await peer.ask('write', 100, round)]);
  const written = 100 * (warmUps + rounds);
  const tended = await approximate.ask('approximate');
  add('approximate', 'approximate', 'a write, later', [tended.sum / written]);
  await compare({ part: `${part}, after ${written} writes`, n, subjects: subjects.slice(1) });
  for (const { name, peer } of subjects) {
    add('memory', name, 'arrays', [await peer.ask('memoryMb')], 'MB');
    await peer.stop();
  }
}

/** Those that look at each find the same; the others nearly all of it. */
async function compare({ part, n, subjects }) {
  const [first, ...others] = subjects;
  const hits = new Map(others.map(({ name }) => [name, { ten: 0, all: 0 }]));
  const [questions, ten] = [20, 10];
  for (let seed = 0; seed < questions; seed += 1) {
    const wanted = await first.peer.ask('found', seed, NEAREST);
    for (const { name, peer } of others) {
      const found = await peer.ask('found', seed, NEAREST);
      const counts = hits.get(name);
      counts.ten += found.slice(0, ten).filter((key) => wanted.slice(0, ten).includes(key)).length;
      counts.all += found.filter((key) => wanted.includes(key)).length;
      if (name === 'topgun' && found.slice(0, ten).join() !== wanted.slice(0, ten).join())
        throw new Error(`nearest to ${seed} topgun finds ${found.slice(0, ten)}, not ${wanted.slice(0, ten)}`);
    }
  }
  for (const { name, peer } of others) {
    const { ten: tens, all } = hits.get(name);
    const how = (await peer.ask('isApproximate')) ? 'approximately' : 'exactly';
    console.log(
      `  ${part}, ${n}, ${name}: ${how}; recall@10 ${(tens / questions / ten).toFixed(3)}, recall@100 ${(all / questions / NEAREST).toFixed(3)}`,
    );
  }
}
