// The server that is attacked, in a process of its own. Arguments: the database file, the secret of tokens, "open" for budgets that nobody meets, and a
// defect to put in on purpose, if any.

import { auth, createServer, defineRules, hasRole, signedIn } from '../../server/dist/index.js';
import { Session } from '../../server/dist/gateway/session.js';

const [file, secret, budgets, defect] = process.argv.slice(2);

const own = { where: { owner: auth.sub } };
const rules = defineRules({
  // Of everybody for themselves.
  vault: { read: defect === 'leak' ? true : own, create: own, update: own, remove: own },
  // Everybody sees it, but for one field.
  wall: {
    read: signedIn(),
    create: own,
    update: own,
    remove: own,
    fields: { pay: { read: hasRole('hr'), write: true } },
  },
  // Of which a function says who sees it.
  'notes/*': {
    read: { check: ({ auth: { sub }, record }) => record.owner === sub },
    create: own,
    update: own,
    remove: own,
  },
});

// With the authority of the server, so what they say and write is theirs to see to.
const procedures = {
  mine: { readOnly: true, run: ({ map, principal }) => map('vault').query({ where: { owner: principal } }) },
  keep: {
    async run({ map, principal }, args) {
      await Promise.resolve();
      const { key, text } = args;
      map('notes/kept').set(key, { owner: principal, text });
      return map('notes/kept').get(key);
    },
  },
};

const { take } = Session.prototype;
const kept = [];
Session.prototype.take = function (incoming) {
  if (defect === 'memory') kept.push(Buffer.alloc(64_000).toString('latin1') + kept.length);
  if (defect === 'crash' && incoming.bytes === 1_000) throw new Error('a defect');
  take.call(this, incoming);
};

const server = await createServer({
  port: 0,
  host: '127.0.0.1',
  database: `file:${file}`,
  auth: { secret },
  rules,
  procedures,
  search: { wall: { fields: ['text'] } },
  ...(budgets === 'open' ? { budgets: false } : {}),
});
const { url } = await server.listen();

process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  process.send({ heapBytes: process.memoryUsage().heapUsed, counts: server.auditCounts() });
});
process.on('disconnect', () => process.exit());
process.send({ url });
