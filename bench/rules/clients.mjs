// Clients that each keep writes of their own records under way. Arguments: the server's address, and how many they are.

import { TopGunClient } from '@topgun/core';

import { tokenOf } from '../abuse/tokens.mjs';
import { runClosedLoop } from '../durable/closed-loop.mjs';
import { answerParent } from '../method/processes.mjs';

const [serverUrl, count] = process.argv.slice(2);
const clients = Array.from({ length: Number(count) }, (_, i) => {
  const owner = `user-${i}`;
  return { owner, client: new TopGunClient({ serverUrl, auth: { getToken: () => tokenOf(owner) } }) };
});
await Promise.all(clients.map(({ client }) => client.waitForState('live', 120_000)));
const writers = clients.map(({ owner, client }) => {
  const todos = client.getMap('team/todos');
  return async (n) => {
    const todo = { owner, text: `what is written down as number ${n}`, rank: n, done: n % 2 === 0 };
    const result = await todos.set(`${owner}-${n % 1_000}`, todo).acked;
    if (!result.ok) throw new Error(`write ${n} was refused: ${JSON.stringify(result)}`);
  };
});

answerParent(
  {
    async run(ms) {
      const { opsPerS, waits } = await runClosedLoop(writers, ms);
      return { opsPerS, ops: waits.length };
    },
  },
  () => Promise.all(clients.map(({ client }) => client.close())),
);
