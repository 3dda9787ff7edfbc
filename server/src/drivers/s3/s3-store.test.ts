import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';

import { systemTimers } from '../../adapters/system-environment.js';
import { ledgerContract } from '../../ports/ledger.contract.js';
import { snapshotStoreContract } from '../../ports/snapshot-store.contract.js';
import { startS3Server, type S3Server } from '../../testing/s3-server.js';
import { damagedLedgerContract } from '../damaged-ledger.contract.js';
import type { DurableStore } from '../durable-store.js';
import { openS3Store, type S3StoreOptions } from './open-s3-store.js';
import { segmentKey } from './log-keys.js';
import { parseS3Url } from './s3-url.js';

// The test's own server, which keeps to conditions; any other that is named, too: TOPGUN_TEST_S3=s3://bucket/folder?endpoint=…

let server: S3Server;
let minted = 0;
const mint = (): string => `name-${process.pid}-${(minted += 1)}`;

beforeAll(async () => {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
  server = await startS3Server(['topgun']);
});
afterAll(() => server.close());

const urlOf = (folder: string, bucket = 'topgun'): string => `s3://${bucket}/${folder}?endpoint=${server.endpoint}`;

async function openAt(url: string, options: Partial<S3StoreOptions> = {}): Promise<DurableStore> {
  const opened = await openS3Store(url, { timers: systemTimers, mint, ...options });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

const named = process.env['TOPGUN_TEST_S3'];
const places: readonly (readonly [name: string, url: () => string])[] = [
  ['a server of S3', () => urlOf(mint())],
  ...(named === undefined
    ? []
    : [[named, () => named.replace(/^(s3:\/\/[^?]*?)\/?(\?|$)/, `$1/${mint()}$2`)] as const]),
];

describe.each(places)('%s', (name, url) => {
  const place = async () => {
    const at = url();
    const stores: DurableStore[] = [];
    const open = async (): Promise<DurableStore> => {
      const store = await openAt(at);
      stores.push(store);
      return store;
    };
    return { open, destroy: async () => void (await Promise.all(stores.map((store) => store.close()))) };
  };
  ledgerContract(
    name,
    async () => {
      const { open, destroy } = await place();
      return { open: async () => (await open()).ledger, destroy };
    },
    4,
  );
  snapshotStoreContract(name, place);
});

damagedLedgerContract('S3', async () => {
  const folder = mint();
  const stores: DurableStore[] = [];
  return {
    async open() {
      const store = await openAt(urlOf(folder));
      stores.push(store);
      return store.ledger;
    },
    async rewrite(position, bytes) {
      const objects = server.buckets.get('topgun') as Map<string, Buffer>;
      const key = `${folder}/${segmentKey({ epoch: 1, position })}`;
      expect(objects.has(key)).toBe(true);
      objects.set(key, Buffer.concat([Buffer.from('TGS1'), bytes]));
    },
    destroy: async () => void (await Promise.all(stores.map((store) => store.close()))),
  };
});

describe('requests that fail', () => {
  it.each([
    ['slow-down', ['a']],
    ['cut', ['a']],
    ['hang', ['a']],
    ['done-and-cut', ['a', 'b']],
  ] as const)('PI-2: after an append that met %s the ledger is asked what became of it', async (fault, expected) => {
    const { ledger } = await openAt(urlOf(mint()), { timeoutMs: 200 });
    await ledger.claim();
    await ledger.append(new TextEncoder().encode('a'));
    server.failNext(fault);
    expect((await ledger.append(new TextEncoder().encode('b'))).type).toBe('unknown');
    expect(await ledger.renew()).toBe(2);
    const texts: string[] = [];
    for await (const chunk of ledger.read(0))
      for (const { bytes } of chunk) texts.push(new TextDecoder().decode(bytes));
    expect(texts).toEqual(expected);
  });

  it('a bucket that is denied has nothing of the append, and says so', async () => {
    const store = await openAt(urlOf(mint()));
    await store.ledger.claim();
    server.deny(403);
    const outcome = await store.ledger.append(new Uint8Array([1]));
    server.deny(null);
    expect(outcome).toMatchObject({ type: 'failed', reason: expect.stringContaining('access is denied') });
    expect(await store.ledger.append(new Uint8Array([1]))).toEqual({ type: 'committed', position: 1 });
  });
});

describe('opening', () => {
  const messageOf = async (url: string): Promise<string> => {
    const opened = await openS3Store(url, { timers: systemTimers, mint, timeoutMs: 2_000 });
    return opened.ok ? 'it opened' : `${opened.error.code}: ${opened.error.message}`;
  };

  it('PI-60: says in a sentence what is wrong, and writes nothing', async () => {
    const { host } = new URL(server.endpoint);
    expect(await messageOf(urlOf('x', 'absent'))).toMatch(/^no-database: .*the bucket does not exist/);
    expect(await messageOf('s3://topgun/x?endpoint=http://127.0.0.1:1')).toMatch(/^unreachable: .*ECONNREFUSED/);
    server.deny(403);
    expect(await messageOf(urlOf('x'))).toMatch(/^denied: .*access is denied/);
    server.deny(500);
    expect(await messageOf(urlOf('x'))).toMatch(/^unreachable: /);
    server.deny(null);
    const other = await startS3Server(['topgun']);
    const elsewhere = (folder: string): string => urlOf(folder).replace(host, new URL(other.endpoint).host);
    const objects = other.buckets.get('topgun') as Map<string, Buffer>;
    objects.set('photos/cat.jpg', Buffer.from('cat'));
    expect(await messageOf(elsewhere('photos'))).toMatch(/^foreign: /);
    objects.set('new/owner.json', Buffer.from('{"version":2,"lineage":"l","writer":"w"}'));
    expect(await messageOf(elsewhere('new'))).toMatch(/^newer-schema: /);
    objects.set('bad/owner.json', Buffer.from('{'));
    expect(await messageOf(elsewhere('bad'))).toMatch(/^corrupt: /);
    expect([...objects.keys()].toSorted()).toEqual(['bad/owner.json', 'new/owner.json', 'photos/cat.jpg']);
    other.ignoreConditions();
    expect(await messageOf(elsewhere('fresh'))).toMatch(/^failed: .*does not keep to conditional writes/);
    await other.close();
  });

  beforeEach(() => server.deny(null));
});

test.each([
  ['s3://bucket', { bucket: 'bucket', prefix: '', region: undefined, endpoint: undefined }],
  ['s3://my.bucket-1/a/b/?region=eu-west-1', { bucket: 'my.bucket-1', prefix: 'a/b/', region: 'eu-west-1' }],
  ['s3://bucket/a%20b?endpoint=http://localhost:9000', { prefix: 'a b/', endpoint: 'http://localhost:9000' }],
])('an S3 URL says where: %s', (url, place) => {
  expect(parseS3Url(url)).toMatchObject({ ok: true, value: place });
});

test.each([
  ['s3:bucket', 'followed by //'],
  ['s3://', 'it names no bucket'],
  ['s3://Bad_Bucket/x', 'it names no bucket'],
  ['s3://key:secret@bucket', 'keys do not belong in it'],
  ['s3://bucket?acl=public', 'the option "acl" is not known'],
  ['s3://bucket?endpoint=localhost', 'endpoint is like'],
  ['s3://bucket/%zz', 'a % in it'],
])('an S3 URL that says nothing is refused, and no secret is repeated: %s', (url, why) => {
  const parsed = parseS3Url(url);
  expect(parsed).toMatchObject({
    ok: false,
    error: { code: 'unsupported-url', message: expect.stringContaining(why) },
  });
  expect(JSON.stringify(parsed)).not.toContain('secret@');
});
