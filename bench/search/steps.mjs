// The longest step of all that is done with an index in steps: so long a thread is kept from whatever else it has to do.

import { startProcess } from '../method/processes.mjs';

/** A step takes what it takes in the best of so many processes: the collector, the compiler and other processes come at other steps in each. */
const PROCESSES = 3;
const BOUND_MS = 16;

export async function measureSteps({ sizes, isQuick, report }) {
  for (const n of sizes) {
    const rounds = [];
    for (let round = 0; round < (isQuick ? 1 : PROCESSES); round += 1) {
      const peer = await startProcess(new URL('./steps-subject.mjs', import.meta.url));
      rounds.push(await peer.ask('run', n));
      await peer.stop();
    }
    for (const work of Object.keys(rounds[0])) {
      const least = rounds[0][work].map((_, i) => Math.min(...rounds.map((round) => round[work][i])));
      const longest = Math.max(...least);
      const any = Math.max(...rounds.map((round) => Math.max(...round[work])));
      const over = rounds.map((round) => round[work].filter((ms) => ms > BOUND_MS).length);
      report.add({ case: 'search/steps', n, subject: 'topgun', metric: `longest step of ${work}`, unit: 'ms' }, [
        longest,
      ]);
      console.log(
        `  ${n}, ${work}: ${least.length} steps, the longest ${longest.toFixed(1)} ms in its best process, ${any.toFixed(1)} in any; over ${BOUND_MS} ms: ${over.join(', ')}`,
      );
    }
  }
}
