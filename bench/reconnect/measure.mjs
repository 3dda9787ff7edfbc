// One reconnect: connected and in sync, cut, changes on both sides, connected again, and equal again.

import { createExpectation, keysToChange } from './workload.mjs';

/** Changed records have a priority that no other has. */
let lastPriority = 1_000;

/** @param {import('./subjects.mjs').Subject} subject in sync */
export function createTurns(subject, n) {
  const expectation = createExpectation(n);

  return {
    /** @param {string} when to name in an error */
    check: (when) => assertEqual(subject, expectation.digest(), when),
    /**
     * @param {{ d: number, isCursorLost: boolean, quietMs: number }} how
     * @returns {Promise<{ bytes: number, latency: number }>}
     */
    async turn({ d, isCursorLost, quietMs }) {
      const { client, other, proxy } = subject;
      const [ours, theirs] = [keysToChange(n, d, 'client'), keysToChange(n, d, 'other')];
      const priority = ++lastPriority;
      expectation.change([...ours, ...theirs], priority);

      await client.ask('disconnect');
      await proxy.closed();
      // Before the cursor is lost, so that what the client missed is not what a server that starts again saw first.
      await other.ask('change', theirs, priority);
      if (isCursorLost) await subject.loseCursor();
      await client.ask('change', ours, priority);
      await client.ask('expect', theirs, priority);
      await other.ask('expect', ours, priority);

      proxy.reset();
      const calledAt = await client.ask('connect');
      const arrivals = await Promise.all([client.ask('arrived'), other.ask('arrived')]);
      await proxy.quiet(quietMs);
      const { up, down, lastAt } = proxy.counted();
      // Without changes nothing arrives: the exchange itself is all there is.
      const convergedAt = d === 0 ? lastAt : Math.max(...arrivals);
      return { bytes: up + down, latency: convergedAt - calledAt };
    },
  };
}

async function assertEqual({ name, client, other }, expected, when) {
  for (const [side, peer] of Object.entries({ client, other })) {
    const held = await peer.ask('digest');
    if (held !== expected) throw new Error(`${name}: after ${when} the ${side} side holds ${held}, not ${expected}`);
  }
}
