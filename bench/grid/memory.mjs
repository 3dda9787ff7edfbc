// `memory`: what a million records take, and what they cost the garbage collector, beside the same records as objects in plain maps.

import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';

const SUBJECTS = ['topgun', 'plain maps'];

/** @param {ReturnType<import('../method/report.mjs').createReport>} report */
export async function measureMemory(report, isQuick) {
  const n = isQuick ? 20_000 : 1_000_000;
  const runs = isQuick ? 2 : 5;
  const subjects = [];
  for (const subject of SUBJECTS) {
    const peer = await startProcess(new URL('./memory-subject.mjs', import.meta.url), [subject]);
    const { rss: bare } = await peer.ask('memory');
    await peer.ask('fill', n);
    const { rss, heap, stored } = await peer.ask('memory');
    const of = (metric, unit, samples) => report.add({ case: 'grid/memory', n, subject, metric, unit }, samples);
    of('rss', 'MB', [rss]);
    of('heap', 'MB', [heap]);
    of('rssPerRecord', 'B', [((rss - bare) * 1e6) / n]);
    if (stored !== null) of('storedPerRecord', 'B', [stored / n]);
    subjects.push({ subject, peer, of, pauses: [], edits: [], full: [] });
  }
  await interleave(subjects, runs, async (each, round) => {
    const { pauses, edit } = await each.peer.ask('churn', n / 10, round + 1);
    each.pauses.push(...pauses);
    each.edits.push(edit);
    each.full.push(await each.peer.ask('fullCollection'));
  });
  for (const { peer, of, pauses, edits, full } of subjects) {
    // Few records make no garbage worth a pause.
    of('pause', 'ms', pauses.length === 0 ? [0] : pauses);
    of('edit', 'µs', edits);
    of('fullCollection', 'ms', full);
    const { rss } = await peer.ask('memory');
    of('rssAfterChurn', 'MB', [rss]);
    await peer.ask('check', isQuick ? 1 : 97);
    await peer.stop();
  }
}
