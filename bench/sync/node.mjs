// Node clients: server, writer and reader are three processes, for TopGun and for the floor alike.

import { setTimeout as pause } from 'node:timers/promises';

import { interleave } from '../method/interleave.mjs';
import { startProcess } from '../method/processes.mjs';
import { startServers } from './servers.mjs';
import { RECORDS, recordOf } from './workload.mjs';

/**
 * @param {{ folder: string, isQuick: boolean, report: ReturnType<typeof import('../method/report.mjs').createReport>, parts: { throughput: boolean, latency: boolean } }} options
 */
export async function measureNode({ folder, isQuick, report, parts }) {
  const servers = await startServers(folder);
  const peer = (file, url) => startProcess(new URL(file, import.meta.url), [url]);
  const [topgunWriter, topgunReader, floorWriter, floorReader] = await Promise.all([
    peer('./topgun-peer.mjs', servers.topgun.url),
    peer('./topgun-peer.mjs', servers.topgun.url),
    peer('./floor-peer.mjs', servers.floor.url),
    peer('./floor-peer.mjs', servers.floor.url),
  ]);
  await topgunWriter.ask('fill');
  await topgunReader.ask('listen');

  const topgun = { name: 'topgun', writer: topgunWriter, reader: topgunReader, event: 'write' };
  const floor = { name: 'floor', writer: floorWriter, reader: floorReader, event: 'write' };
  const relay = { name: 'relay', writer: floorWriter, reader: floorReader, event: 'relay' };
  // First, so that latency is that of code which has run for a while, on both sides.
  if (parts.throughput) await measureThroughput([topgun, { ...relay, name: 'floor' }], { isQuick, report });
  if (parts.latency) await measureLatency([topgun, floor, relay], { isQuick, report, servers });
  await Promise.all([topgunWriter, topgunReader, floorWriter, floorReader].map((each) => each.stop()));
  await servers.stop();
}

/** Record 0 was written last as this; writes go on from here. */
let next = RECORDS;

async function measureLatency(subjects, { isQuick, report, servers }) {
  const rounds = isQuick ? 3 : 40;
  const warmUps = isQuick ? 1 : 5;
  const length = isQuick ? 10 : 50;
  const samples = new Map([...subjects.map(({ name }) => [name, []]), ['commit', []]]);
  let durable = 0;
  await interleave([...subjects, null], warmUps + rounds, async (subject, round) => {
    const taken = [];
    if (subject === null) {
      for (let i = 0; i < length; i += 1) {
        taken.push(await servers.floor.ask('timeCommit', ['item-0', recordOf(0, 0)]));
        await pause(2);
      }
    } else {
      await subject.reader.ask('expect', length);
      for (let i = 0; i < length; i += 1) taken.push(await writeOne(subject, next++));
      await subject.writer.ask('settle').catch(() => {});
      if (subject.name === 'floor') durable += length;
      const seen = await subject.reader.ask('count');
      if (seen !== length) throw new Error(`${subject.name}: ${seen} arrivals of ${length} writes`);
    }
    if (round >= warmUps) samples.get(subject?.name ?? 'commit').push(...taken);
  });
  const commits = await servers.floor.ask('commits');
  if (commits !== durable) throw new Error(`the floor has committed ${commits} of ${durable} writes`);

  const latency = { n: RECORDS, metric: 'latency', unit: 'ms', runs: rounds };
  report.add({ case: 'sync/write-to-peer', subject: 'topgun', ...latency }, samples.get('topgun'));
  report.add({ case: 'sync/write-to-peer', subject: 'floor', ...latency }, samples.get('floor'));
  report.add({ case: 'sync/bare-relay', subject: 'floor', ...latency }, samples.get('relay'));
  report.add({ case: 'sync/bare-commit', subject: 'floor', ...latency }, samples.get('commit'));
}

/** Writes one record and waits until it is with the reader; then lets everybody finish what they do afterwards. */
async function writeOne({ writer, reader, event }, i) {
  await writer.ask('write', i, event);
  const latency = await reader.ask('latencyOf', i);
  await pause(2);
  return latency;
}

async function measureThroughput(subjects, { isQuick, report }) {
  const runs = isQuick ? 2 : 10;
  const warmUps = isQuick ? 0 : 2;
  const count = isQuick ? 2_000 : 20_000;
  const rates = new Map(subjects.map(({ name }) => [name, []]));
  await interleave(subjects, warmUps + runs, async ({ name, writer, reader, event }, run) => {
    const from = next;
    next += count;
    await reader.ask('expect', count);
    const [startedAt, arrivedAt] = await Promise.all([writer.ask('burst', from, count, event), reader.ask('arrived')]);
    await assertArrived({ name, writer, reader }, from, count);
    if (run >= warmUps) rates.get(name).push(count / ((arrivedAt - startedAt) / 1000));
    await pause(200);
  });
  for (const { name } of subjects) {
    const what = { case: 'sync/throughput', n: count, subject: name, metric: 'opsPerS', unit: 'ops/s' };
    report.add(what, rates.get(name));
  }
}

/** Outside the timed part: every write arrived once, was taken by the server, and left the record as it should be. */
async function assertArrived({ name, writer, reader }, from, count) {
  if (name === 'topgun') {
    const { applied } = await writer.ask('verdicts');
    if (applied !== count) throw new Error(`${applied} of ${count} writes were applied`);
  }
  const seen = await reader.ask('count');
  if (seen !== count) throw new Error(`${name}: ${seen} arrivals of ${count} writes`);
  for (let i = from + count - RECORDS; i < from + count; i += 97) {
    const value = await reader.ask('value', i);
    if (value !== i) throw new Error(`${name}: write ${i} left ${value}`);
  }
}
