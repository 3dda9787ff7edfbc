// What an import by one client is to another one, beside itself without an import.

import path from 'node:path';

import { createDataFolder } from '../method/data-folder.mjs';
import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';
import { quantile } from '../method/statistics.mjs';

const at = (file) => new URL(file, import.meta.url);

/** @param {any} report @param {boolean} isQuick */
export async function measureImport(report, isQuick) {
  const [rounds, records, idleMs] = isQuick ? [1, 20_000, 1_000] : [3, 200_000, 5_000];
  const folder = createDataFolder();
  const subjects = [];
  for (const workers of ['0', '1']) {
    const server = await startProcess(at('./import-server.mjs'), [path.join(folder, `workers-${workers}.db`), workers]);
    const url = await server.ask('url');
    const [importer, bystander] = [
      await startProcess(at('./importer.mjs'), [url]),
      await startProcess(at('./bystander.mjs'), [url]),
    ];
    subjects.push({ subject: `workers ${workers}`, server, importer, bystander, found: [] });
  }
  // Everybody has done it once before it counts.
  for (const { importer, bystander } of subjects) {
    await importer.ask('import', 'warm', Math.min(records, 20_000));
    await bystander.ask('watchFor', idleMs);
  }
  await interleave(subjects, rounds, async ({ server, importer, bystander, found }, round) => {
    await server.ask('loopDelay');
    const idle = { ...(await bystander.ask('watchFor', idleMs)), loop: await server.ask('loopDelay') };
    const watching = bystander.ask('watchUntilEnough');
    const rate = await importer.ask('import', `import${round}`, records);
    await bystander.ask('enough');
    found.push({ idle, rate, busy: { ...(await watching), loop: await server.ask('loopDelay') } });
  });
  for (const { subject, server, importer, bystander, found } of subjects) {
    reportOn(report, subject, records, found);
    for (const each of [importer, bystander, server]) await each.stop();
  }
}

function reportOn(report, subject, n, found) {
  const what = { case: 'grid/import', n, subject };
  report.add(
    { ...what, metric: 'opsPerS', unit: 'records/s' },
    found.map(({ rate }) => rate),
  );
  for (const [metric, name] of [
    ['ping', 'pings'],
    ['write', 'writes'],
  ]) {
    for (const [when, phase] of [
      ['idle', 'idle'],
      ['import', 'busy'],
    ]) {
      const samples = found.flatMap((round) => round[phase][name]);
      report.add({ ...what, metric: `${metric}-${when}`, unit: 'ms', runs: samples.length }, samples);
    }
    for (const share of [0.5, 0.99]) {
      const ratios = found.map(({ idle, busy }) => quantile(busy[name], share) / quantile(idle[name], share));
      report.add({ ...what, metric: `${metric}-p${share * 100}-ratio`, unit: '× idle' }, ratios);
    }
  }
  for (const [when, phase] of [
    ['idle', 'idle'],
    ['import', 'busy'],
  ]) {
    report.add(
      { ...what, metric: `loop-p99-${when}`, unit: 'ms' },
      found.map((round) => round[phase].loop.p99),
    );
  }
}
