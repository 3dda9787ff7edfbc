import { afterEach, expect, test } from 'vitest';
import { auth, defineRules } from '../rules/index.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import { fakeToken } from './testing/fake-token.js';
import { TopGunClient } from './topgun-client.js';

const own = { where: { owner: auth.sub } };
const rules = defineRules({ todos: { read: own, create: own, update: own, remove: own } });
const clients: TopGunClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function open(token: string | null): TopGunClient {
  const client = new TopGunClient({ storage: new MemoryAdapter(), rules, auth: { getToken: () => token } });
  clients.push(client);
  return client;
}

test('RU-7: a client says without a server what its user may do with what is here', async () => {
  const client = open(fakeToken({ sub: 'ann' }));
  await client.start();
  const todos = client.getMap('todos');
  await todos.loaded();
  todos.set('mine', { owner: 'ann' });
  todos.set('hers', { owner: 'bob' });
  expect(client.can('create', 'todos', 'new', { owner: 'ann' })).toEqual({ allowed: true });
  expect(client.can('update', 'todos', 'mine', { owner: 'ann', done: true })).toEqual({ allowed: true });
  expect(client.can('update', 'todos', 'mine', { owner: 'bob' })).toMatchObject({ allowed: false });
  expect(client.can('remove', 'todos', 'hers')).toMatchObject({ allowed: false });
  expect(client.can('read', 'notes', 'a')).toMatchObject({ allowed: false });
});

test('RU-7: to nobody nothing is allowed that needs somebody, and without rules everything is', async () => {
  const nobody = open(null);
  await nobody.start();
  expect(nobody.can('create', 'todos', 'new', { owner: 'ann' }).allowed).toBe(false);
  const free = new TopGunClient({ storage: new MemoryAdapter() });
  clients.push(free);
  expect(free.can('remove', 'todos', 'a')).toEqual({ allowed: true });
});
