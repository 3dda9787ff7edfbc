// The part `vector` of the suite: records with embeddings of 384 numbers, and which of them are nearest.

import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const SUBJECTS = ['floor', 'topgun'];

/** CPU time throughout: each process counts its own. */
export async function measureVectors({ sizes, isQuick, report }) {
  const [warmUps, rounds, questions] = isQuick ? [1, 2, 5] : [2, 8, 10];
  for (const n of sizes) {
    const subjects = [];
    for (const name of SUBJECTS) {
      const peer = await startProcess(new URL('./vector-subject.mjs', import.meta.url), [name]);
      report.add({ case: 'vector/build', n, subject: name, metric: 'per record', unit: 'ms' }, [
        await peer.ask('build', n),
      ]);
      subjects.push({ name, peer });
    }
    for (let seed = 0; seed < 20; seed += 1) {
      const [floor, topgun] = await Promise.all(subjects.map(({ peer }) => peer.ask('found', seed)));
      if (topgun !== floor) throw new Error(`nearest to ${seed} topgun finds ${topgun}, not ${floor}`);
    }
    const measure = async (name, metric, among, ask) => {
      const samples = new Map(among.map(({ name: subject }) => [subject, []]));
      await interleave(among, warmUps + rounds, async ({ name: subject, peer }, round) => {
        const each = await ask(peer, round + 1);
        if (round >= warmUps) samples.get(subject).push(...each);
      });
      for (const [subject, each] of samples)
        report.add({ case: `vector/${name}`, n, subject, metric, unit: 'ms' }, each);
    };
    await measure('query', 'per search', subjects, (peer, round) => peer.ask('query', questions, round));
    const topgun = subjects.filter(({ name }) => name === 'topgun');
    await measure('step', 'the longest', topgun, (peer, round) => peer.ask('longestStep', questions, round));
    await measure('write', 'per record', subjects, async (peer, round) => [await peer.ask('write', 100, round)]);
    for (const { name, peer } of subjects) {
      report.add({ case: 'vector/memory', n, subject: name, metric: 'arrays', unit: 'MB' }, [
        await peer.ask('memoryMb'),
      ]);
      await peer.stop();
    }
  }
}
