import type { FakeServer } from './fake-server-controls.js';

/**
 * CL-5, PI-11: no op twice on one connection, and in each partition a replica's ops in the order of their sequence; no op
 * taken twice at all. Throws.
 */
export function expectOrderlySubmission(server: FakeServer): void {
  const last = new Map<string, number>();
  for (const { connection, partition, op } of server.submitted) {
    const stream = `${connection}/${partition}/${op.replica}`;
    const before = last.get(stream) ?? 0;
    if (op.seq <= before)
      throw new Error(`op ${op.seq} of ${op.replica} came after ${before} on connection ${connection}`);
    last.set(stream, op.seq);
  }
  const taken = server.taken.map(({ replica, seq }) => `${replica}:${seq}`);
  if (new Set(taken).size !== taken.length) throw new Error('an op was taken twice');
}
