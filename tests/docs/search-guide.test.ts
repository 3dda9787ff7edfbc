import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryAdapter, TopGunClient, type SearchDefinitionInput, type SearchResults } from '@topgun/core';
import { transformWithOxc } from 'vite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createServer, type TopGunServer } from '../../server/src/index.js';
import { fencedBlocks } from './fenced-blocks.js';

// The guide (docs/guides/search.md), run: the section on vectors as it is written, with a model of a few words, against a server with the same definition.

interface Note {
  readonly title: string;
  readonly body: string;
}
interface Ran {
  readonly client: TopGunClient;
  readonly search: Record<string, SearchDefinitionInput>;
  readonly found: SearchResults<Note>;
}

const guide = readFileSync(fileURLToPath(new URL('../../docs/guides/search.md', import.meta.url)), 'utf8');
const DIMENSIONS = 384;
/** Words of one line are near each other; what is in none is far from all. */
const MEANINGS = [
  ['cat', 'feline', 'kitten'],
  ['car', 'engine', 'wheels'],
];

function embed(text: string): Promise<Float32Array> {
  const vector = new Float32Array(DIMENSIONS).fill(0.01);
  const words = text.toLowerCase().split(' ');
  MEANINGS.forEach((meaning, axis) => {
    if (words.some((word) => meaning.includes(word))) vector[axis] = 1;
  });
  return Promise.resolve(vector);
}

const clients: TopGunClient[] = [];
let folder: string;
let server: TopGunServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-search-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/** The block of a section, as a function of what it imports and leaves to the app. */
async function runSection(title: string, serverUrl: string): Promise<Ran> {
  const section = guide.slice(guide.indexOf(`## ${title}`));
  const code = fencedBlocks(section).find(({ language }) => language === 'ts')?.code ?? '';
  const placed = code.replace(/^import .*$/gm, '').replace('http://localhost:8080', serverUrl);
  expect(placed).toContain(serverUrl);
  const { code: plain } = await transformWithOxc(placed, 'guide.ts');
  const body = `return (async () => { ${plain}\n return { client, search, found }; })();`;
  // oxlint-disable-next-line no-implied-eval
  const run = new Function('TopGunClient', 'embed', body) as (client: unknown, model: typeof embed) => Promise<Ran>;
  const ran = await run(TopGunClient, embed);
  clients.push(ran.client);
  return ran;
}

test('SE-60, SE-61: finds a note by what it means, on the device that wrote it, on one that has nothing yet, and offline', async () => {
  const notes: Record<string, SearchDefinitionInput> = {
    notes: { fields: ['title', 'body'], vectors: { field: 'meaning', dimensions: DIMENSIONS } },
  };
  server = await createServer({
    port: 0,
    host: '127.0.0.1',
    database: `file:${join(folder, 'topgun.db')}`,
    search: notes,
  });
  const { url } = await server.listen();
  const { client, search, found } = await runSection('By meaning', url);
  expect(search).toEqual(notes);
  expect(found.map(({ key, value }) => [key, value.title])).toEqual([['n1', 'Cat']]);
  expect(found[0]?.similarity).toBeGreaterThan(0.9);

  const meaning = new Uint8Array((await embed('an engine')).buffer);
  const write = client.getMap('notes').set('n2', { title: 'Beetle', body: 'An engine in the back', meaning });
  expect(await write.acked).toMatchObject({ ok: true });

  const other = new TopGunClient({
    serverUrl: url,
    search,
    storage: new MemoryAdapter(),
  });
  clients.push(other);
  await other.waitForState('live', 20_000);
  const asked = { vector: await embed('feline'), minSimilarity: 0.4 };
  const brought = await other.search('notes', 'feline', asked);
  expect(brought.map(({ key, source }) => [key, source])).toEqual([['n1', 'server']]);
  // Words and nearness together: one by its word, one by its vector.
  const both = await other.search('notes', 'beetle', asked);
  expect(both.map(({ key }) => key).toSorted()).toEqual(['n1', 'n2']);
  const first = await other.search('notes', 'beetle', { ...asked, limit: 1 });
  const second = await other.search('notes', 'beetle', { ...asked, limit: 1, cursor: first.nextCursor });
  expect([...first, ...second].map(({ key }) => key)).toEqual(both.map(({ key }) => key));
  expect([first.total, second.nextCursor]).toEqual([2, null]);
  other.disconnect();
  expect((await other.search('notes', '', asked)).map(({ key }) => key)).toEqual(['n1']);
});
